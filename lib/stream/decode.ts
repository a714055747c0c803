import type { BodyPart } from '../body.ts'
import { systemClock } from '../clock.ts'
import { checkRun } from '../decoder-run.ts'
import type { PeerError } from '../errors.ts'
import { limits, milliseconds, wholeNumber } from '../limits.ts'
import { knownOptions } from '../options-known.ts'
import type { Clock, Codec, DecoderRun, Stage, Step } from '../types.ts'
import { countedStep, type DecodeCounters } from './counted-step.ts'
import { stage } from './stage.ts'

/** What becomes of frames that are too large, wrong inside, or slow. The codec is the same whatever the reader chooses. */
export interface DecodeOptions extends Omit<DecoderRun, 'frames'> {
  /**
   * The longest that one frame may take from its first byte to its last, in ms (no limit); longer by a second for each 64
   * KiB (`minBytesPerSecond`) that came of it. The fault is a `FrameTimeoutError`.
   */
  frameMs?: number
  minBytesPerSecond?: number
  /** Another clock, for tests. */
  clock?: Clock
  /** Counts what goes through (see `decodeCounters`). */
  counters?: DecodeCounters
}

const known: readonly (keyof DecodeOptions)[] = [
  'onOversize',
  'onFault',
  'asBodies',
  'maxBodyBytes',
  'frameMs',
  'minBytesPerSecond',
  'clock',
  'counters'
]

/** What comes out of `decode(codec, options)`: frames, and what may stand in the place of one. */
export type Decoded<F, O extends DecodeOptions> =
  | (O extends { asBodies: true } ? Exclude<F, Uint8Array | string> : F)
  | (MayBe<O, 'onOversize', 'skip'> | MayBe<O, 'onFault', 'item'> extends never ? never : PeerError)
  | (MayBe<O, 'onOversize', 'body'> | MayBe<O, 'asBodies', true> extends never ? never : BodyPart)

/** The value, where the option may have it as far as the compiler can tell. */
type MayBe<O, Key extends keyof DecodeOptions, Value> = Key extends keyof O ? Extract<O[Key], Value> : never

/**
 * The stage that makes frames of chunks. Its options say what becomes of a bad frame; by default it ends the stream.
 *
 * @throws InvalidOptionError
 * @example decode(length({ prefix: 4 }))
 * @example
 *   // One line too long, or not JSON, costs that line and not the connection.
 *   pipe(peer, decode(json(delimiter('\n')), { onOversize: 'skip', onFault: 'item' }), map((item) =>
 *     item instanceof PeerError ? { error: item.message } : answer(item)), encode(json(delimiter('\n'))), peer)
 */
export function decode<F, const O extends DecodeOptions = Record<never, never>>(
  codec: Codec<F>,
  options?: O & { readonly [Key in Exclude<keyof O, keyof DecodeOptions>]: never }
): Stage<Uint8Array, Decoded<F, O>> {
  const {
    frameMs,
    minBytesPerSecond = limits.minBytesPerSecond,
    clock = systemClock,
    counters,
    ...run
  }: DecodeOptions = options ?? {}
  checkRun(run)
  knownOptions('decode', options, known)
  const label = `decode ${codec.name}`
  const given = options === undefined ? undefined : run
  const begin = (): Step<Uint8Array, Decoded<F, O>> => {
    const step = codec.decoder(given) as unknown as Step<Uint8Array, Decoded<F, O>>
    return counters === undefined ? step : countedStep(step, counters)
  }
  if (frameMs === undefined) return stage(label, begin)
  milliseconds('frameMs', frameMs)
  wholeNumber('minBytesPerSecond', minBytesPerSecond)
  return stage(label, begin, { deadline: { ms: frameMs, bytesPerSecond: minBytesPerSecond, clock, label: codec.name } })
}
