/**
 * Length: a number in front of every frame says how many bytes it has.
 *
 *   length({ prefix: 4 })   00 00 00 05 68 65 6c 6c 6f
 *   length()                05 68 65 6c 6c 6f             (varint, the bytes of it-length-prefixed)
 *
 * The number is checked before a byte of the frame is stored, and memory follows the bytes that came, never the number.
 * A varint written with more bytes than it needs is read for what it says; the next frame begins behind what was read.
 *
 * What else stands in front of or behind a payload, and what the number counts, are options: see `LayoutOptions`.
 */
import { FrameOverLimitError, InvalidOptionError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import { knownOptions } from '../options-known.ts'
import type { Codec, DecoderRun } from '../types.ts'
import { fragmentCodec } from './fragment-codec.ts'
import type { FragmentOptions } from './fragments.ts'
import { FrameDecoder, type Framer } from './frame-decoder.ts'
import { frameEncoder, requireBytes } from './frame-encoder.ts'
import { headedEncoder } from './headed-encoder.ts'
import { HeadedFramer } from './headed-framer.ts'
import { joinedBytes } from './large-frame.ts'
import type { LengthField } from './length-field.ts'
import { LengthFramer, VarintFramer } from './length-framer.ts'
import {
  type HeadedFrame,
  type HeaderFormat,
  type Layout,
  type LayoutOptions,
  largestPayload,
  layoutOf
} from './length-layout.ts'
import type { Signal } from './signal.ts'

export interface LengthOptions extends LayoutOptions {
  /** The largest frame in bytes as it is given out (1 MiB; 16 MiB with fragments), never more than the number can say. */
  maxBytes?: number
  /**
   * What becomes of the header: `strip` (the default), `keep` (frames begin with it), or a format, and then frames are
   * `{ header, payload }`.
   */
  // biome-ignore lint/suspicious/noExplicitAny: what a header is, the format alone knows
  header?: 'strip' | 'keep' | HeaderFormat<any>
  /** A frame is many blocks with a length each, joined (see `FragmentOptions`). */
  fragments?: FragmentOptions
}

const known: readonly (keyof LengthOptions)[] = [
  'name',
  'prefix',
  'endian',
  'signed',
  'bits',
  'maxVarintBytes',
  'escape',
  'signals',
  'offset',
  'after',
  'counts',
  'trailer',
  'maxBytes',
  'header',
  'fragments'
]

/** What the frames of `length(options)` are. */
export type LengthFrame<O extends LengthOptions> =
  | (O extends { header: HeaderFormat<infer H> } ? HeadedFrame<H> : Uint8Array)
  | (O extends { signals: Readonly<Record<string, infer Name extends string>> } ? Signal<Name> : never)

/**
 * Frames with their length in front.
 *
 * Decoding throws `FrameTooLargeError`, `MalformedFrameError` (a negative length, an endless varint, a wrong trailer) and
 * `UnexpectedEndError`; encoding throws `FrameOverLimitError`, and `FrameRefusedError` for what the layout cannot say.
 *
 * @throws InvalidOptionError
 * @example pipe(peer, decode(length({ prefix: 2 })), map(answerQuery), encode(length({ prefix: 2 })), peer)
 * @example
 *   // PostgreSQL: a type, then a length that counts itself
 *   const messages = length({
 *     offset: 1, prefix: 4, counts: 'itself',
 *     header: { read: (bytes, at) => bytes[at], write: (type, into, at) => { into[at] = type } }
 *   })
 */
export function length<const O extends LengthOptions = LengthOptions>(
  options?: O & { readonly [Key in Exclude<keyof O, keyof LengthOptions>]: never }
): Codec<LengthFrame<O>>
export function length(options: LengthOptions = {}): Codec<unknown> {
  knownOptions('length', options, known)
  const layout = layoutOf(options)
  const { fragments, header, maxBytes } = options
  if (maxBytes !== undefined) wholeNumber('maxBytes', maxBytes)
  if (
    header !== undefined &&
    header !== 'keep' &&
    header !== 'strip' &&
    (typeof header !== 'object' || header === null)
  ) {
    throw new InvalidOptionError('header', header, "'strip', 'keep' or a format")
  }
  if (fragments !== undefined) {
    if (header !== undefined && header !== 'strip')
      throw new InvalidOptionError('header', header, "'strip': fragments are joined")
    return fragmentCodec(nameOf(options, layout.field), options, fragments, maxBytes) as Codec<unknown>
  }
  const limit = Math.min(maxBytes ?? limits.frameBytes, largestPayload(layout, header === 'keep'))
  const bare = layout.plain && (header === undefined || header === 'strip')
  const name = nameOf(options, layout.field)
  return (bare ? plainLength(name, layout.field, limit) : headedLength(name, layout, limit, header)) as Codec<unknown>
}

function nameOf({ name }: LengthOptions, field: LengthField): string {
  return name ?? `length(${field.name})`
}

/** A number and the payload behind it, nothing else. */
function plainLength(name: string, field: LengthField, maxBytes: number): Codec<Uint8Array> {
  const framer = (run: DecoderRun | undefined): Framer<Uint8Array> => {
    const sizes = { limit: joinedBytes(maxBytes, run), maxBytes }
    return field.size > 0 ? new LengthFramer(name, field, sizes) : new VarintFramer(name, field, sizes)
  }
  return {
    name,
    decoder: (run) => new FrameDecoder(framer(run), run),
    encoder: () =>
      frameEncoder((frame: Uint8Array, packer) => {
        requireBytes(name, frame)
        const size = frame.byteLength
        if (size > maxBytes) throw new FrameOverLimitError(name, size, maxBytes)
        packer.header(field.sizeOf(size), (into, at) => field.write(size, into, at))
        packer.bytes(frame)
      })
  }
}

function headedLength(name: string, layout: Layout, maxBytes: number, header: LengthOptions['header']): Codec<unknown> {
  const read = typeof header === 'object' ? header.read : header === 'keep' ? 'keep' : undefined
  return {
    name,
    decoder: (run) => {
      const tolerant = run?.onFault === 'item'
      const sizes = { limit: joinedBytes(maxBytes, run), maxBytes, header: read, tolerant } as const
      return new FrameDecoder(new HeadedFramer(name, layout, sizes), run)
    },
    encoder: () => headedEncoder(name, layout, maxBytes, header)
  }
}
