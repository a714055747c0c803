/**
 * NDJSON, also called JSON lines: JSON values, one a line. https://github.com/ndjson/ndjson-spec, section 3.
 *
 *   ndjson()   7b 22 6f 6b 22 3a 74 72 75 65 7d 0a      {"ok":true}
 *
 * Blank lines are skipped, and a line may end in CR LF. A last line without its line feed is an `UnexpectedEndError`,
 * never a value: of `123` somebody may have sent only `12`.
 */
import { limits } from '../../limits.ts'
import type { Codec } from '../../types.ts'
import { delimiter } from '../delimiter.ts'
import { json } from '../json.ts'

export interface NdjsonOptions {
  /** The longest line in bytes, without its end (1 MiB). */
  maxBytes?: number
  /** How deep a value may be nested (64). */
  maxDepth?: number
}

/**
 * Values as lines of JSON.
 *
 * Decoding throws `FrameTooLargeError`, `UnexpectedEndError`, and `MalformedFrameError` for what is no JSON, no UTF-8 or
 * nested too deeply; encoding throws `FrameOverLimitError`, and `FrameRefusedError` for what JSON cannot say.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(ndjson()), map(answer), encode(ndjson()), peer)
 */
export function ndjson({ maxBytes = limits.frameBytes, ...depth }: NdjsonOptions = {}): Codec<unknown> {
  return json(delimiter(['\n', '\r\n'], { name: 'ndjson', maxBytes, skipEmpty: true }), depth)
}
