/** Values in an error message: short, and bytes as hex. */
import { inspect } from 'node:util'

const mostBytes = 24

export function show(value: unknown): string {
  if (value instanceof Uint8Array) return showBytes(value)
  if (value instanceof Error) return `${value.name}: ${value.message}`
  return inspect(value, {
    depth: 3,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: 80,
    maxArrayLength: 12
  })
}

/** The frames of a list, the first few of them. */
export function showFrames(frames: readonly unknown[]): string {
  if (frames.length === 0) return 'no frame'
  const some = frames.slice(0, 6).map(show).join(', ')
  const more = frames.length > 6 ? `, ${frames.length - 6} more` : ''
  return `${frames.length === 1 ? '1 frame' : `${frames.length} frames`}: ${some}${more}`
}

function showBytes(bytes: Uint8Array): string {
  const kind = bytes.constructor === Uint8Array ? '' : `${bytes.constructor.name} `
  if (bytes.byteLength === 0) return `${kind}<no bytes>`
  const first = Array.from(bytes.subarray(0, mostBytes), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return `${kind}<${first}${bytes.byteLength > mostBytes ? ` ... ${bytes.byteLength} bytes` : ''}>`
}
