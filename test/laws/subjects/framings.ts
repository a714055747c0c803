/**
 * The framings of bytes as subjects of the laws. Each takes the function that makes the codec, so that the library's
 * codec, the naive model and the broken copies of it all stand before the same laws.
 */
import fc from 'fast-check'
import { join } from '../../../lib/laws/bytes.ts'
import type { Codec } from '../../../lib/types.ts'
import { counting, utf8 } from '../bytes.ts'
import type { FullSubject } from './full-subject.ts'

type Bytes = Uint8Array
export const letters = (size: number): Bytes => new Uint8Array(size).fill(0x61)
const upTo = (maxLength: number): fc.Arbitrary<Bytes> =>
  fc.oneof(fc.uint8Array({ maxLength: Math.min(maxLength, 6) }), fc.uint8Array({ maxLength, size: 'max' }))

/** Close and half-close: the stream is the frame. */
export function streamSubject(name: string, make: (options: { maxBytes: number }) => Codec<Bytes>): FullSubject<Bytes> {
  return {
    name,
    codec: () => make({ maxBytes: 1000 }),
    frame: upTo(90),
    anything: fc.oneof(upTo(90), fc.nat(2000).map(letters)),
    small: utf8('hello'),
    big: (bytes) => ({ codec: make({ maxBytes: bytes }), frame: letters(bytes) }),
    refused: [letters(1001)],
    limits: [
      {
        name: 'maxBytes',
        codec: () => make({ maxBytes: 5 }),
        free: () => make({ maxBytes: 1000 }),
        limit: 5,
        fits: letters(5),
        over: letters(6),
        refusedBy: 6
      }
    ]
  }
}

export function fixedSubject(name: string, make: (bytes: number) => Codec<Bytes>, size: number): FullSubject<Bytes> {
  return {
    name,
    codec: () => make(size),
    frame: fc.uint8Array({ minLength: size, maxLength: size }),
    anything: fc.oneof(fc.uint8Array({ minLength: size, maxLength: size }), fc.uint8Array({ maxLength: size + 2 })),
    small: counting(size, 7),
    big: (bytes) => ({ codec: make(bytes), frame: letters(bytes) }),
    cutOff: () => ({ phase: 'payload', needed: size }),
    refused: [letters(0), letters(size - 1), letters(size + 1), letters(2 * size)]
  }
}

export type MakeDelimiter = (mark: Bytes, options: { keep: boolean; maxBytes: number }) => Codec<Bytes>

/** Payloads full of parts of the delimiter, for the near misses are what goes wrong. */
export function delimiterSubject(name: string, make: MakeDelimiter, mark: Bytes, keep: boolean): FullSubject<Bytes> {
  const parts = fc.oneof(fc.constantFrom(...mark), fc.constantFrom(0x61, 0x00), fc.nat(255))
  const payloads = fc.array(parts, { maxLength: 24, size: 'max' }).map((bytes) => Uint8Array.from(bytes))
  const whole = (payload: Bytes): Bytes => (keep ? join([payload, mark]) : payload)
  const carried = (payload: Bytes): boolean => {
    const wire = Buffer.from(join([payload, mark]))
    return wire.indexOf(Buffer.from(mark)) === payload.length
  }
  const inFrame = keep ? mark.length : 0
  const limit = 5 + mark.length
  const plain = mark.includes(0x61) ? 0x2e : 0x61
  const nearMiss = mark.length > 1 && mark[0]! < 0x80 && carried(mark.slice(0, 1)) && carried(mark.slice(0, -1))
  const almost = nearMiss ? mark[0]! : plain
  const filler = (size: number): Bytes => whole(new Uint8Array(size - inFrame).fill(almost))
  return {
    name,
    codec: () => make(mark, { keep, maxBytes: 100 }),
    frame: payloads.filter(carried).map(whole),
    anything: fc.oneof(payloads, payloads.map(whole)),
    small: whole(utf8('12345')),
    big: (bytes) => ({ codec: make(mark, { keep, maxBytes: bytes }), frame: filler(bytes) }),
    cutOff: () => ({ phase: 'payload', needed: undefined }),
    faults: [new Uint8Array(101 + mark.length).fill(0x2e)],
    refused: keep
      ? [letters(3), letters(0), join([mark, mark]), join([mark, letters(2), mark]), whole(letters(100))]
      : [mark, join([mark, letters(1)]), join([letters(1), mark]), join([letters(2), mark, letters(2)]), letters(101)],
    limits: [
      {
        name: 'maxBytes',
        codec: () => make(mark, { keep, maxBytes: limit }),
        free: () => make(mark, { keep, maxBytes: 1000 }),
        limit,
        fits: filler(limit),
        over: filler(limit + 1),
        refusedBy: limit + 1 + mark.length - inFrame
      }
    ]
  }
}

export interface LengthShape {
  prefix?: 'varint' | 1 | 2 | 3 | 4 | 6 | 8
  endian?: 'big' | 'little'
  signed?: boolean
}
export type MakeLength = (options: LengthShape & { maxBytes: number }) => Codec<Bytes>

export function lengthSubject(name: string, make: MakeLength, shape: LengthShape): FullSubject<Bytes> {
  const { prefix = 'varint', signed = false } = shape
  const maxBytes = prefix === 1 && signed ? 100 : 200
  const headerOf = (wire: Bytes): number => (prefix === 'varint' ? wire.findIndex((byte) => byte < 0x80) + 1 : prefix)
  return {
    name,
    codec: () => make({ ...shape, maxBytes }),
    frame: upTo(Math.min(maxBytes, 150)),
    anything: fc.oneof(upTo(90), fc.nat(400).map(letters)),
    small: utf8('hello'),
    // A prefix that cannot say a size is measured with one that can.
    big: (bytes) => {
      const enough = prefix === 'varint' || 2 ** (prefix * 8 - 1) > bytes ? prefix : 4
      return { codec: make({ ...shape, prefix: enough, maxBytes: bytes }), frame: letters(bytes) }
    },
    cutOff: (wire, had) => {
      const header = headerOf(wire)
      if (had >= header) return { phase: 'payload', needed: wire.length }
      return { phase: 'header', needed: prefix === 'varint' ? undefined : prefix }
    },
    faults: prefix === 'varint' ? [letters(9).fill(0xff), Uint8Array.of(0xff, 0x7f)] : [letters(prefix).fill(0xff)],
    refused: [letters(maxBytes + 1)],
    limits: [
      {
        name: 'maxBytes',
        codec: () => make({ ...shape, maxBytes: 5 }),
        free: () => make({ ...shape, maxBytes: 100 }),
        limit: 5,
        fits: letters(5),
        over: letters(6),
        refusedBy: prefix === 'varint' ? 1 : prefix
      }
    ]
  }
}

export interface ChunkedShape {
  maxBytes: number
  maxBlockBytes: number
  maxBlocks: number
  blockBytes: number
}
export type MakeChunked = (options: ChunkedShape) => Codec<Bytes>

/** Messages of blocks; `manySmall` makes the big one of 4-byte blocks instead of a single block. */
export function chunkedSubject(name: string, make: MakeChunked, { manySmall = false } = {}): FullSubject<Bytes> {
  const shape = { maxBytes: 300, maxBlockBytes: 20, maxBlocks: 50, blockBytes: 8 }
  const tight = { maxBytes: 10, maxBlockBytes: 4, maxBlocks: 3, blockBytes: 4 }
  const free = (): Codec<Bytes> => make({ ...shape, blockBytes: 4 })
  return {
    name,
    codec: () => make(shape),
    frame: upTo(70),
    anything: fc.oneof(upTo(70), fc.nat(600).map(letters)),
    small: utf8('hello'),
    big: (bytes) => {
      const blockBytes = manySmall ? 4 : bytes
      const blocks = Math.ceil(bytes / blockBytes)
      const codec = make({ maxBytes: bytes, maxBlockBytes: blockBytes, maxBlocks: blocks, blockBytes })
      return { codec, frame: letters(bytes) }
    },
    cutOff: (wire, had) => {
      for (let at = 0; ; ) {
        if (had < at + 4) return { phase: 'header', needed: undefined }
        at += 4 + new DataView(wire.buffer, wire.byteOffset).getUint32(at)
        if (had < at) return { phase: 'payload', needed: undefined }
      }
    },
    faults: [Uint8Array.of(0, 0, 0, 21), letters(4).fill(0xff), Uint8Array.of(0, 0, 0, 1, 0x61, 0, 0, 1, 0)],
    refused: [letters(301)],
    limits: [
      {
        name: 'maxBytes',
        codec: () => make(tight),
        free,
        limit: 10,
        fits: letters(10),
        over: letters(11),
        refusedBy: 20
      },
      {
        name: 'maxBlocks',
        codec: () => make({ ...tight, maxBytes: 300 }),
        free,
        limit: 3,
        unit: 'blocks',
        fits: letters(12),
        over: letters(13),
        refusedBy: 28
      },
      {
        name: 'maxBlockBytes',
        codec: () => make(tight),
        free: () => make({ ...shape, blockBytes: 5 }),
        limit: 4,
        fits: letters(4),
        over: letters(5),
        refusedBy: 4,
        decoderOnly: true
      }
    ]
  }
}
