/**
 * Switching: the framing changes in the middle of a stream, and a frame says to what.
 *
 *   line, line, "STARTTLS", tls...      2-byte lengths, then 4-byte lengths      head, body, head, body...
 *
 * Both ends use one description: the decoder asks `after` behind each frame it read, the encoder behind each it wrote.
 * What is behind a frame goes to the codec that it chose, however the bytes were cut.
 */
import type { Codec } from '../types.ts'
import { SwitchingDecoder } from './switching-decoder.ts'
import { SwitchingEncoder } from './switching-encoder.ts'
import { type AfterFrame, phaseOf, type SwitchingCodec } from './switching-phase.ts'

export interface SwitchingOptions {
  /**
   * Whether it may end in a codec whose frame is all up to the end of the stream, such as `close()` (as `first`). The
   * sink has to know before the first frame, so the encoder throws `InvalidOptionError` where it was not said.
   */
  endIsFrame?: boolean
}

/**
 * A codec that begins as `first`. Behind every frame `after(frame)` names the codec of the next one: another, which is
 * then the last, or undefined for the same. Another `switching` codec goes on asking, itself and for ever if it likes;
 * one inside `first` is asked behind the one around it.
 *
 * `after` is called once for each frame, in order, and belongs to all streams of the codec: what it remembers must be
 * made with the codec, for one stream. A frame that was skipped or that comes in parts cannot be shown to it: an `after`
 * without a parameter is asked all the same, any other ends the stream there. While the framing may still change, each frame gets a fresh decoder: `text` and `json`
 * belong around the codecs inside, for around a switching codec they would hide that it is one.
 *
 * With `{ codec, unread: 'reject' }` bytes behind the frame are refused where they came together with it (a
 * `ProtocolError`, behind the frame). So a command cannot be smuggled in front of an upgrade in one piece; bytes still
 * on their way are not seen, so that here alone the answer depends on how the stream was cut. With `{ codec, mayEnd: false }` a frame
 * must follow: the end of the stream in front of it is an `UnexpectedEndError`.
 *
 * Decoding and encoding throw what the codecs throw, and what `after` throws.
 *
 * @example
 *   const handshake = switching(length({ prefix: 2 }), (frame) =>
 *     frame[0] === acknowledged ? length({ prefix: 4 }) : undefined
 *   )
 *   await pipe(peer, decode(handshake), map(answer), encode(handshake), peer)
 */
export function switching<F>(first: Codec<F>, after: AfterFrame<F>, options: SwitchingOptions = {}): Codec<F> {
  const { endIsFrame = first.endIsFrame === true } = options
  const phase = phaseOf(first, [after])
  const codec: SwitchingCodec<F> = {
    name: `switching(${phase.codec.name})`,
    endIsFrame,
    phase,
    decoder: (run) => new SwitchingDecoder(phase, run),
    encoder: () => new SwitchingEncoder(phase, endIsFrame)
  }
  return codec
}
