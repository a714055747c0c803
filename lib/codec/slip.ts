/**
 * SLIP (RFC 1055): a byte C0 ends every frame; inside one, C0 is DB DC and DB is DB DD.
 *
 *   68 69 C0 61 db dc C0     frames: hi, 61 c0
 *
 * Two ends in a row enclose no frame, as senders put one in front to flush the noise of a line.
 */
import { MalformedFrameError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Codec } from '../types.ts'
import { escapedCodec } from './escaped-codec.ts'
import type { Escaping, EscapingReader } from './escaping.ts'

const end = 0xc0
const escapeByte = 0xdb
const escapedEnd = 0xdc
const escapedEscape = 0xdd
const nothing = new Uint8Array(0)

/**
 * Frames of any bytes, but not of none.
 *
 * Decoding throws `FrameTooLargeError`, `UnexpectedEndError`, and `MalformedFrameError` for an escape that means nothing
 * (recoverable); encoding throws `FrameOverLimitError`, and `FrameRefusedError` for an empty frame.
 *
 * @param options.maxBytes the largest frame in bytes (4 KiB)
 * @throws InvalidOptionError
 * @example pipe(serialPort, decode(slip()), map(readPacket), forEach(show))
 */
export function slip({ maxBytes = limits.delimitedBytes }: { maxBytes?: number } = {}): Codec<Uint8Array> {
  return escapedCodec({ name: 'slip', mark: new Uint8Array([end]), escaping: slipEscaping, maxBytes, skipEmpty: true })
}

const slipEscaping: Escaping = {
  wireBytes: (size) => 2 * size,
  write(payload) {
    if (!payload.includes(end) && !payload.includes(escapeByte)) return payload
    const wire = new Uint8Array(2 * payload.byteLength)
    let at = 0
    for (const byte of payload) {
      if (byte === end || byte === escapeByte) {
        wire[at++] = escapeByte
        wire[at++] = byte === end ? escapedEnd : escapedEscape
      } else wire[at++] = byte
    }
    return wire.slice(0, at)
  },
  read(wire) {
    const first = wire.indexOf(escapeByte)
    if (first < 0) return wire
    const end = wire.byteLength
    const payload = new Uint8Array(end)
    let size = 0
    for (; size < first; size++) payload[size] = wire[size] as number
    for (let index = first; index < end; index++) {
      const byte = wire[index] as number
      payload[size++] = byte === escapeByte ? meaning(wire[++index]) : byte
    }
    return new Uint8Array(payload.buffer, 0, size)
  },
  reader: () => new SlipReader()
}

class SlipReader implements EscapingReader {
  fault: MalformedFrameError | undefined
  #escaped = false

  read(wire: Uint8Array): Uint8Array {
    const payload = new Uint8Array(wire.byteLength)
    let at = 0
    for (let index = 0; index < wire.byteLength && this.fault === undefined; index++) {
      const byte = wire[index] as number
      if (this.#escaped) {
        if (byte === escapedEnd || byte === escapedEscape) payload[at++] = meaning(byte)
        else this.fault = meaningless(byte)
        this.#escaped = false
      } else if (byte === escapeByte) this.#escaped = true
      else payload[at++] = byte
    }
    return payload.subarray(0, at)
  }

  end(): Uint8Array {
    if (this.#escaped) this.fault ??= meaningless(undefined)
    return nothing
  }
}

/** What an escape and this byte behind it stand for. */
function meaning(byte: number | undefined): number {
  if (byte === escapedEnd) return end
  if (byte === escapedEscape) return escapeByte
  throw meaningless(byte)
}

function meaningless(byte: number | undefined): MalformedFrameError {
  const what = byte === undefined ? undefined : `an escape with ${byte.toString(16).padStart(2, '0')} means nothing`
  return new MalformedFrameError('slip', what ?? 'a frame ends in the middle of an escape')
}
