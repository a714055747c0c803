/**
 * What protocols have in their headers beside the length, and lengths that stand in a text: as options of `length`.
 */
import type { HeaderFormat, LastBlock, PluggedLength, TextLength } from '../../../lib/index.ts'
import { unhex } from '../bytes.ts'

/** The upper four bits of a number of 8 bytes whose other 60 are the length. */
export const flags: HeaderFormat<number> = {
  read: (bytes, at) => (bytes[at] as number) >> 4,
  write: (flags, into, at) => {
    into[at] = (into[at] as number) | (flags << 4)
  }
}

/** One byte behind the number. */
export const lastByte: HeaderFormat<number> = {
  read: (bytes, _at, behind) => bytes[behind] as number,
  write: (value, into, _at, behind) => {
    into[behind] = value
  }
}

/** Two bytes behind the number. */
export const behindIt: HeaderFormat<number> = {
  read: (bytes, _at, behind) => (bytes[behind] as number) * 256 + (bytes[behind + 1] as number),
  write: (value, into, _at, behind) => into.set([value >> 8, value & 255], behind)
}

interface Masked {
  opcode: number
  mask: string | null
}
/** WebSocket's: an opcode, and a key of 4 bytes behind the number where a bit says so. */
export const masked: HeaderFormat<Masked> = {
  read: (bytes, at, behind) => ({
    opcode: bytes[at] as number,
    mask: (bytes[at + 1] as number) < 0x80 ? null : Buffer.from(bytes.subarray(behind, behind + 4)).toString('hex')
  }),
  write: ({ opcode, mask }, into, at, behind) => {
    into[at] = opcode
    if (mask === null) return
    into[at + 1] = (into[at + 1] as number) | 0x80
    into.set(unhex(mask), behind)
  }
}
export const maskKey = (bytes: Uint8Array, at: number): number => ((bytes[at + 1] as number) < 0x80 ? 0 : 4)

export const contentLength: TextLength = {
  end: '\r\n\r\n',
  read: (text) => Number(/^Content-Length: ?(\d+)$/im.exec(text)?.[1] ?? Number.NaN),
  write: (length) => `Content-Length: ${length}`
}

/** The number at the end of a line; the rest of the line is the header. */
export const counted: TextLength = {
  end: '\r\n',
  maxTextBytes: 40,
  read: (line) => Number(/ (\d+)$/.exec(line)?.[1] ?? Number.NaN),
  write: (length, words) => `${words} ${length}`
}
export const words: HeaderFormat<string> = {
  read: (bytes, at, behind) =>
    Buffer.from(bytes.subarray(at, behind))
      .toString('latin1')
      .replace(/ \d+\r\n$/, ''),
  write: () => {} // it stands in the text already
}

/** As the default functions of it-length-prefixed, but with the bytes of a number counted as they are. */
export function pluggedVarint(): PluggedLength {
  const decode: PluggedLength['decode'] = Object.assign(
    (data: { get(index: number): number }) => {
      let value = 0
      for (let index = 0; index < 8; index += 1) {
        const byte = data.get(index) // a RangeError where there is none
        value += (byte & 0x7f) * 2 ** (7 * index)
        decode.bytes = index + 1
        if (byte < 0x80) return value
      }
      throw new RangeError('more than 8 bytes')
    },
    { bytes: 0 }
  )
  const encode = (value: number): Uint8Array => {
    const bytes: number[] = []
    for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80)
    return Uint8Array.of(...bytes, value)
  }
  return { encode, decode }
}

/** A byte in front of the number says whether a block is the last. */
export const finalByte: LastBlock = {
  read: (bytes, at) => ((bytes[at] as number) & 1) === 1,
  write: (last, into, at) => {
    into[at] = last ? 1 : 0
  }
}
