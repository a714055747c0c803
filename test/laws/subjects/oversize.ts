/**
 * Every framing with a limit of 20 bytes, and what each rule for faulty frames must make of a frame.
 */
import fc from 'fast-check'
import { BodyBegin, BodyData, BodyEnd } from '../../../lib/body.ts'
import { chunked } from '../../../lib/codec/chunked.ts'
import { close } from '../../../lib/codec/close.ts'
import { cobs } from '../../../lib/codec/cobs.ts'
import { delimiter } from '../../../lib/codec/delimiter.ts'
import { dotStuffed } from '../../../lib/codec/dot-stuffed.ts'
import { halfClose } from '../../../lib/codec/half-close.ts'
import { length } from '../../../lib/codec/length.ts'
import { slip } from '../../../lib/codec/slip.ts'
import { hex, join } from '../../../lib/laws/bytes.ts'
import type { CutOff } from '../../../lib/laws/subject.ts'
import type { Codec, DecoderRun } from '../../../lib/types.ts'
import { utf8 } from '../bytes.ts'
import { joined, whole } from './families.ts'
import { type Family, familySubject, frameOf } from './layouts.ts'
import { marksSubject, shapes } from './marks.ts'

type Bytes = Uint8Array

/** One frame, with its bytes as they are given out. */
export interface Sized {
  readonly frame: unknown
  readonly bytes: Bytes
  readonly header: unknown
}

export interface Limited {
  readonly name: string
  readonly make: (maxBytes: number) => Codec<unknown>
  /** A frame of about so many bytes. */
  readonly of: (size: number, header?: unknown) => Sized
  readonly headers?: fc.Arbitrary<unknown>
  /** Whether a frame says how large it is before it comes; an empty one may where no other does. */
  readonly announced: boolean | 'empty'
  readonly cutOff?: (wire: Bytes, had: number) => CutOff
}

export const limit = 20
/** Room enough for every frame. */
export const roomy = 1_000_000

/** Bytes with every mark's beginnings and every escape among them, but no mark. */
const mixed = (size: number): Bytes =>
  Uint8Array.from({ length: size }, (_, index) => [0x2e, 0xc0, 0x61, 0xdb, 0x00, 0x78][index % 6]!)

function ofFamily(family: Family): Limited {
  const { name, options, headers, model, wide } = family
  const shape = { ...options, ...wide }
  const fragments = shape.fragments && { blockBytes: 8, maxBlockBytes: 10, ...shape.fragments }
  const inParts = fragments === undefined ? {} : { fragments }
  const { cutOff } = familySubject({ ...family, options: shape, ...(model && { model: { ...model, ...wide } }) })
  return {
    name,
    make: (maxBytes) => length({ ...shape, ...inParts, maxBytes }) as Codec<unknown>,
    of: (size, header) => {
      const payload = mixed(size)
      const frame = frameOf({ ...shape, ...model }, payload, header)
      return { frame, bytes: options.header === 'keep' ? (frame as Bytes) : payload, header }
    },
    announced: options.fragments === undefined,
    ...(cutOff && { cutOff }),
    ...(headers && { headers })
  }
}

const asItIs = (bytes: Bytes): Sized => ({ frame: bytes, bytes, header: undefined })
const inPayload = (): CutOff => ({ phase: 'payload', needed: undefined })

function ofMarks([name, { marks, ...options }]: (typeof shapes)[number]): Limited {
  const { keep = false, begin = '' } = options
  const dots = (size: number): Bytes => new Uint8Array(size).fill(0x2e)
  const { cutOff } = marksSubject(name, { marks, ...options })
  return {
    name: `delimiter ${name}`,
    make: (maxBytes) => delimiter(marks, { ...options, maxBytes }),
    of: (size) => asItIs(keep ? join([utf8(begin), dots(size + 1), utf8(marks[0]!)]) : dots(size + 1)),
    announced: false,
    ...(cutOff && { cutOff })
  }
}

/** Those with many frames on a stream. */
export const many: readonly Limited[] = [
  ...[...whole, ...joined].map(ofFamily),
  ...shapes.map(ofMarks),
  {
    name: 'length varint',
    make: (maxBytes) => length({ maxBytes }),
    of: (size) => asItIs(mixed(size)),
    announced: true
  },
  {
    name: 'length uint16be',
    make: (maxBytes) => length({ prefix: 4, maxBytes }),
    of: (size) => asItIs(mixed(size)),
    announced: true
  },
  {
    name: 'delimiter LF',
    make: (maxBytes) => delimiter('\n', { maxBytes }),
    of: (size) => asItIs(mixed(size)),
    announced: false,
    cutOff: inPayload
  },
  {
    name: 'delimiter CRLF',
    make: (maxBytes) => delimiter('\r\n', { maxBytes }),
    of: (size) => asItIs(mixed(size).fill(0x0d, 1)),
    announced: false,
    cutOff: inPayload
  },
  {
    name: 'chunked',
    make: (maxBytes) => chunked({ maxBytes, blockBytes: 7 }),
    of: (size) => asItIs(mixed(size)),
    announced: false
  },
  {
    name: 'slip',
    make: (maxBytes) => slip({ maxBytes }),
    of: (size) => asItIs(mixed(size + 1)),
    announced: false,
    cutOff: inPayload
  },
  {
    name: 'cobs',
    make: (maxBytes) => cobs({ maxBytes }),
    of: (size) => asItIs(mixed(size)),
    announced: false,
    cutOff: inPayload
  },
  {
    name: 'dot-stuffed',
    make: (maxBytes) => dotStuffed({ maxBytes }),
    of: (size) => asItIs(utf8('.a\r\n..\r\n\r\nb\r\n'.repeat(200)).subarray(0, Math.floor(size / 13) * 13)),
    announced: 'empty',
    cutOff: inPayload
  }
]

/** Those whose frame is the stream. */
export const single: readonly Limited[] = [
  { name: 'close', make: (maxBytes) => close({ maxBytes }), of: (size) => asItIs(mixed(size)), announced: false },
  {
    name: 'half-close',
    make: (maxBytes) => halfClose({ maxBytes }),
    of: (size) => asItIs(mixed(size)),
    announced: false
  }
]

/** Small frames and large ones. */
export function framesOf({ of, headers = fc.constant(undefined) }: Limited): fc.Arbitrary<Sized> {
  const sizes = fc.oneof(fc.nat(12), fc.integer({ min: 15, max: 25 }), fc.nat(150))
  return fc.tuple(sizes, headers).map(([size, header]) => of(size, header))
}

/** What must come out for one frame. */
export function becomes({ announced }: Limited, { frame, bytes, header }: Sized, run: DecoderRun): unknown[] {
  const known = announced === true || (announced === 'empty' && bytes.length === 0)
  const parts = run.asBodies === true || (bytes.length > limit && run.onOversize === 'body')
  if (parts)
    return [{ begin: known ? bytes.length : undefined, header: known ? header : undefined, data: hex(bytes) }, 'end']
  if (bytes.length <= limit) return [plain(frame)]
  if (run.onOversize === 'skip') return [{ size: bytes.length, limit, unit: 'bytes', head: hex(bytes.subarray(0, 64)) }]
  const cut = bytes.subarray(0, limit)
  return [plain(header === undefined ? cut : { header, payload: cut })]
}

/** What came out, with the data of each body in one piece. */
export function shown(items: readonly unknown[]): unknown[] {
  const out: unknown[] = []
  for (const item of items) {
    const last = out.at(-1) as { data: string }
    if (item instanceof BodyData) last.data += hex(item.bytes)
    else if (item instanceof BodyBegin) out.push({ begin: item.length, header: item.header, data: '' })
    else out.push(item instanceof BodyEnd ? 'end' : plain(item))
  }
  return out
}

function plain(item: unknown): unknown {
  if (item instanceof Uint8Array) return hex(item)
  if (item instanceof Error) {
    const { code, size, limit, unit, head } = item as Error & Record<string, unknown>
    return code === 'ERR_FRAME_TOO_LARGE' ? { size, limit, unit, head: hex(head as Bytes) } : code
  }
  const { header, payload } = item as { header: unknown; payload: Bytes }
  return payload === undefined ? item : { header, payload: hex(payload) }
}
