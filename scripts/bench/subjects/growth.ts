/** The time that one large frame takes in small chunks. Told: a codec, the bytes of the frame, the bytes of a chunk. */
import type { Codec } from '../../../lib/index.ts'
import { obey } from '../commands.ts'
import type { Figure } from '../rounds.ts'
import { codec } from './codecs.ts'

const [name = '', ...numbers] = process.argv.slice(2)
const [size = 0, cut = 0] = numbers.map(Number)
const blockBytes = 1024 * 1024

const body = Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz')
const chosen = codec(name, size) as Codec<Uint8Array | string>
const wire = wireOf(name)

function wireOf(framing: string): Uint8Array {
  if (framing === 'delimiter' || framing === 'text') return Buffer.concat([body, Buffer.from('\n')])
  if (framing === 'length') return Buffer.concat([number(size), body])
  if (framing === 'varint') return Buffer.concat([varint(size), body])
  if (framing === 'chunked') return Buffer.concat([...blocks(), number(0)])
  return body
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value & 0x7f) | 0x80)
  return Buffer.from([...bytes, value])
}

function* blocks(): Generator<Buffer> {
  for (let at = 0; at < size; at += blockBytes) {
    const block = body.subarray(at, at + blockBytes)
    yield number(block.length)
    yield block
  }
}

await obey((): Figure => {
  const { buffer, byteOffset, length } = wire
  const out: (Uint8Array | string)[] = []
  const cpu = process.cpuUsage()
  const start = performance.now()
  const decoder = chosen.decoder()
  for (let at = 0; at < length; at += cut) {
    decoder.push([new Uint8Array(buffer, byteOffset + at, Math.min(cut, length - at))], out)
  }
  decoder.end?.(out)
  const value = performance.now() - start
  const { user, system } = process.cpuUsage(cpu)
  if (out.length !== 1 || out[0]!.length !== size) throw new Error('the frame did not come out')
  return { value, perCpu: (user + system) / 1000 }
})
