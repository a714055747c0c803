/**
 * Text and JSON over any framing, naive: every frame is decoded by itself.
 */
import { FrameRefusedError, MalformedFrameError } from '../../../lib/errors.ts'
import type { Codec, Decoder, Step } from '../../../lib/types.ts'
import { utf8 } from '../bytes.ts'

/** A codec whose frames are those of another, turned one by one. */
function over<F>(
  inner: Codec<Uint8Array>,
  read: (bytes: Uint8Array) => F,
  write: (frame: F) => Uint8Array,
  name: string
): Codec<F> {
  return {
    name,
    endIsFrame: inner.endIsFrame ?? false,
    decoder: (run) => reading(inner.decoder(run), read),
    encoder: () => writing(inner.encoder(), write)
  }
}

function reading<F>(inner: Decoder<Uint8Array>, read: (bytes: Uint8Array) => F): Decoder<F> {
  let dead: { error: unknown } | undefined
  const through = <R>(out: F[], run: (frames: Uint8Array[]) => R): R => {
    if (dead !== undefined) throw dead.error
    const frames: Uint8Array[] = []
    try {
      try {
        return run(frames)
      } finally {
        for (const frame of frames) out.push(read(frame)) // a fault of an earlier frame beats that of a later one
      }
    } catch (error) {
      dead = { error }
      throw error
    }
  }
  return {
    push: (batch, out) => through(out, (frames) => inner.push(batch, frames)),
    end: (out) => through(out, (frames) => inner.end?.(frames)),
    held: () => inner.held(),
    rest: () => inner.rest()
  }
}

function writing<F>(inner: Step<Uint8Array, Uint8Array>, write: (frame: F) => Uint8Array): Step<F, Uint8Array> {
  return {
    push: (frames, out) => {
      const bytes: Uint8Array[] = []
      try {
        for (const frame of frames) bytes.push(write(frame))
      } finally {
        inner.push(bytes, out)
      }
    },
    end: (out) => inner.end?.(out)
  }
}

export function readUtf8(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new MalformedFrameError(name, 'not UTF-8', { cause })
  }
}

export function naiveText(inner: Codec<Uint8Array>): Codec<string> {
  const write = (text: string): Uint8Array => {
    if (/\p{Surrogate}/u.test(text)) throw new FrameRefusedError('text', 'with half a character in it')
    return utf8(text)
  }
  return over(inner, (bytes) => readUtf8('text', bytes), write, 'text')
}

/** How deep arrays and objects are nested: brackets counted, those in strings left out. */
export function depthOf(json: string): number {
  let depth = 0
  let deepest = 0
  for (const [token] of json.matchAll(/"(?:\\.|[^"\\])*"|[[{]|[\]}]/g)) {
    if (token === '[' || token === '{') depth += 1
    if (token === ']' || token === '}') depth -= 1
    deepest = Math.max(deepest, depth)
  }
  return deepest
}

export function naiveJson(inner: Codec<Uint8Array>, { maxDepth = 64 } = {}): Codec<unknown> {
  const read = (bytes: Uint8Array): unknown => {
    const json = readUtf8('json', bytes)
    if (depthOf(json) > maxDepth) throw new MalformedFrameError('json', `nested deeper than ${maxDepth}`)
    try {
      return JSON.parse(json)
    } catch (cause) {
      throw new MalformedFrameError('json', 'not JSON', { cause })
    }
  }
  const write = (value: unknown): Uint8Array => {
    let json: string | undefined
    try {
      json = JSON.stringify(value)
    } catch (cause) {
      throw new FrameRefusedError('json', 'that is not JSON', { cause })
    }
    if (json === undefined || depthOf(json) > maxDepth) throw new FrameRefusedError('json', 'that is not JSON')
    return utf8(json)
  }
  return over(inner, read, write, 'json')
}
