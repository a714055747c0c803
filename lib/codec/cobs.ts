/**
 * COBS (Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999): a zero ends every frame, and a frame holds
 * none, because each one is replaced by the distance to the next.
 *
 *   03 68 69 01 00     frame: 68 69 00
 *
 * A frame grows by one byte in 254 at most, whatever is in it.
 */
import { MalformedFrameError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Codec } from '../types.ts'
import { escapedCodec } from './escaped-codec.ts'
import type { Escaping, EscapingReader } from './escaping.ts'

/** The code of a block of 254 bytes with no zero behind it. */
const full = 0xff
const nothing = new Uint8Array(0)

/**
 * Frames of any bytes, also of none.
 *
 * Decoding throws `FrameTooLargeError`, `UnexpectedEndError`, and `MalformedFrameError` for a block that is longer than
 * its frame (recoverable); encoding throws `FrameOverLimitError`.
 *
 * @param options.maxBytes the largest frame in bytes (4 KiB)
 * @throws InvalidOptionError
 * @example pipe(serialPort, decode(cobs()), map(readPacket), forEach(show))
 */
export function cobs({ maxBytes = limits.delimitedBytes }: { maxBytes?: number } = {}): Codec<Uint8Array> {
  return escapedCodec({ name: 'cobs', mark: new Uint8Array([0]), escaping: cobsEscaping, maxBytes, skipEmpty: true })
}

const cobsEscaping: Escaping = {
  wireBytes: (size) => size + Math.floor(size / 254) + 1,
  write(payload) {
    const wire = new Uint8Array(payload.byteLength + Math.floor(payload.byteLength / 254) + 1)
    let code = 0
    let at = 1
    for (const [index, byte] of payload.entries()) {
      if (byte !== 0) wire[at++] = byte
      if (byte === 0 || (at - code === full && index + 1 < payload.byteLength)) {
        wire[code] = at - code
        code = at++
      }
    }
    wire[code] = at - code
    return wire.subarray(0, at)
  },
  read(wire) {
    const wireEnd = wire.byteLength
    const payload = new Uint8Array(wireEnd)
    let size = 0
    for (let index = 0; index < wireEnd; ) {
      const code = wire[index++] as number
      const end = index + code - 1
      if (end > wireEnd) throw cutBlock(end - wireEnd)
      while (index < end) payload[size++] = wire[index++] as number
      if (code < full && index < wireEnd) payload[size++] = 0
    }
    return new Uint8Array(payload.buffer, 0, size)
  },
  reader: () => new CobsReader()
}

class CobsReader implements EscapingReader {
  fault: MalformedFrameError | undefined
  /** Bytes of the block still to come. */
  #left = 0
  /** A zero stands behind the block, if another follows. */
  #zero = false

  read(wire: Uint8Array): Uint8Array {
    const payload = new Uint8Array(wire.byteLength)
    let at = 0
    for (let index = 0; index < wire.byteLength; ) {
      if (this.#left === 0) {
        if (this.#zero) payload[at++] = 0
        const code = wire[index++] as number
        this.#left = code - 1
        this.#zero = code < full
        continue
      }
      const size = Math.min(this.#left, wire.byteLength - index)
      payload.set(wire.subarray(index, index + size), at)
      this.#left -= size
      at += size
      index += size
    }
    return payload.subarray(0, at)
  }

  end(): Uint8Array {
    if (this.#left > 0) this.fault = cutBlock(this.#left)
    return nothing
  }
}

function cutBlock(missing: number): MalformedFrameError {
  return new MalformedFrameError('cobs', `a frame ends ${missing} bytes in front of the end of a block`)
}
