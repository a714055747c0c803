/**
 * JSON in any framing, one value a frame.
 *
 * Nesting is counted before the text is parsed: a megabyte of `[` would hold up the event loop for a third of a second.
 */
import { FrameRefusedError, MalformedFrameError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import type { Codec } from '../types.ts'
import { mapCodec } from './map-codec.ts'
import { text } from './text.ts'

/**
 * Values as JSON texts. Decoding throws `MalformedFrameError` for text that is no JSON or is nested deeper than
 * `maxDepth` (64); encoding throws `FrameRefusedError` for the same depth and for what JSON cannot say
 * (undefined, a function, a cycle).
 *
 * A `__proto__` in the text becomes a property like any other; do not copy it with `Object.assign`.
 *
 * @example pipe(peer, decode(json(delimiter('\n'))), map(answer), encode(json(delimiter('\n'))), peer)
 */
export function json(
  codec: Codec<Uint8Array>,
  { maxDepth = limits.jsonDepth }: { maxDepth?: number } = {}
): Codec<unknown> {
  wholeNumber('maxDepth', maxDepth)
  const name = `json ${codec.name}`
  return mapCodec(text(codec), name, {
    read(source) {
      if (depth(source) > maxDepth) throw new MalformedFrameError(name, `a value is nested deeper than ${maxDepth}`)
      try {
        return JSON.parse(source) as unknown
      } catch (cause) {
        throw new MalformedFrameError(name, 'a frame is not JSON', { cause })
      }
    },
    write(value) {
      let written: string | undefined
      try {
        written = JSON.stringify(value)
      } catch (cause) {
        throw new FrameRefusedError(name, 'that JSON cannot say', { cause })
      }
      if (depth(written ?? '') > maxDepth) throw new FrameRefusedError(name, `nested deeper than ${maxDepth}`)
      if (written === undefined) throw new FrameRefusedError(name, `of type ${typeof value}, which JSON cannot say`)
      return written
    }
  })
}

/** How deep the brackets outside of strings nest. */
function depth(source: string): number {
  let open = 0
  let deepest = 0
  let inString = false
  for (let index = 0; index < source.length; index++) {
    const code = source.charCodeAt(index)
    if (inString) {
      if (code === 0x5c) index++
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x5b || code === 0x7b) deepest = Math.max(deepest, ++open)
    else if (code === 0x5d || code === 0x7d) open--
  }
  return deepest
}
