/**
 * Where a switching codec stands: the framing of the next frame, and who is asked behind it.
 *
 * However switching codecs lie inside each other, a phase is flat: one plain codec and a list of questions, outermost
 * first. Whose question is answered is replaced by the answer, together with all inside it; those around it stay. Nobody
 * is in the list twice, so that a state machine that goes round for ever does not grow.
 */
import { BodyBegin, BodyData, BodyEnd } from '../body.ts'
import { PeerError, ProtocolError } from '../errors.ts'
import type { Codec } from '../types.ts'
import type { Unread } from '../unread.ts'

/** A codec to switch to, and what becomes of bytes that came before its turn. */
export interface SwitchTo<F> {
  readonly codec: Codec<F>
  /** `keep` (the default) or `reject`. */
  readonly unread?: Unread
  /**
   * Whether the stream may end while this codec has its turn (true). A body that the head announced must follow: with
   * false the end in front of it, or between two frames of it, is an `UnexpectedEndError`.
   */
  readonly mayEnd?: boolean
}

/** Says what the frame behind `frame` is framed with: another codec, or undefined for the same. */
export type AfterFrame<F> = (frame: F) => Codec<F> | SwitchTo<F> | undefined

export interface Phase<F> {
  readonly codec: Codec<F>
  /** None: this codec is the last one. */
  readonly afters: readonly AfterFrame<F>[]
  readonly mayEnd: boolean
}

/** What `switching` makes: a codec that shows where it begins, so that others can adopt it. */
export interface SwitchingCodec<F> extends Codec<F> {
  readonly phase: Phase<F>
}

/** The phase that begins with a codec, inside those who are asked before it. */
export function phaseOf<F>(codec: Codec<F>, around: readonly AfterFrame<F>[], mayEnd = true): Phase<F> {
  const begin = 'phase' in codec ? (codec as SwitchingCodec<F>).phase : { codec, afters: [] }
  const afters = around.length === 0 ? begin.afters : [...new Set([...around, ...begin.afters])]
  return { codec: begin.codec, afters, mayEnd }
}

/**
 * The phase behind a frame, or undefined where it stays.
 *
 * @throws PeerError where a frame that somebody has to see was skipped or came in parts: nobody knows what comes next
 */
export function phaseAfter<F>({ afters }: Phase<F>, frame: F): { phase: Phase<F>; unread: Unread } | undefined {
  if (frame instanceof BodyBegin || frame instanceof BodyData) return undefined
  const unseen = frame instanceof BodyEnd || frame instanceof PeerError
  for (let index = 0; index < afters.length; index++) {
    const after = afters[index] as AfterFrame<F>
    if (unseen && after.length > 0) throw unknownFraming(frame)
    const answer = after(frame)
    if (answer === undefined) continue
    const { codec, unread = 'keep', mayEnd } = 'codec' in answer ? answer : { codec: answer }
    return { phase: phaseOf(codec, afters.slice(0, index), mayEnd), unread }
  }
  return undefined
}

function unknownFraming(item: unknown): PeerError {
  if (item instanceof PeerError) return item
  return new ProtocolError('a frame that says how the next one is framed is too large to be looked at')
}
