/**
 * Bytes in records that nobody on the way can change, leave out, repeat or reorder unnoticed.
 *
 *   <length, 4> <HMAC of counter and length, 16> <payload> <HMAC of counter, length and payload, 32>
 *
 * The counter is in no record: both sides count. The length has a MAC of its own, so that a changed one is noticed at once
 * and not when as many bytes have come. A record without payload is the end. The payload is not hidden: that is TLS.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { FrameDecoder, type Framer } from '../codec/frame-decoder.ts'
import { MacError } from '../errors.ts'

const lengthBytes = 4
const headerMacBytes = 16
const headerBytes = lengthBytes + headerMacBytes
const macBytes = 32

/** Without payload. */
export const endRecordBytes = headerBytes + macBytes

/** The largest payload of one record. */
export const recordBytes = 64 * 1024

class Sealer {
  readonly #key: Uint8Array
  readonly #counter = Buffer.alloc(8)
  #count = 0n

  constructor(key: Uint8Array) {
    this.#key = key
  }

  header(length: Uint8Array): Uint8Array {
    return this.#mac('h', length).subarray(0, headerMacBytes)
  }

  payload(length: Uint8Array, payload: Uint8Array): Uint8Array {
    const made = this.#mac('p', length, payload)
    this.#counter.writeBigUInt64BE(++this.#count)
    return made
  }

  #mac(part: string, ...all: Uint8Array[]): Uint8Array {
    const hmac = createHmac('sha256', this.#key).update(part).update(this.#counter)
    for (const bytes of all) hmac.update(bytes)
    return hmac.digest()
  }
}

/** Makes a record of each payload; an empty one is the end. */
export function recordSealer(key: Uint8Array): (payload: Uint8Array) => Uint8Array[] {
  const sealer = new Sealer(key)
  return (payload) => {
    const length = Buffer.alloc(lengthBytes)
    length.writeUInt32BE(payload.byteLength)
    const header = Buffer.concat([length, sealer.header(length)])
    const made = sealer.payload(length, payload)
    return payload.byteLength === 0 ? [header, made] : [header, payload, made]
  }
}

/** Gives out the payloads, the empty one at the end too; throws a `MacError` at the first bit that is not as it was sent. */
export function recordOpener(key: Uint8Array): FrameDecoder<Uint8Array> {
  return new FrameDecoder(new RecordFramer(key))
}

class RecordFramer implements Framer<Uint8Array> {
  readonly name = 'sealed'
  need = headerBytes
  readonly #sealer: Sealer
  #ended = false

  constructor(key: Uint8Array) {
    this.#sealer = new Sealer(key)
  }

  take(bytes: Uint8Array, at: number, end: number, out: Uint8Array[], most: number): number {
    for (let taken = 0; taken < most; taken++) {
      this.need = headerBytes
      if (at + headerBytes > end) return at
      if (this.#ended) throw new MacError('bytes behind its end')
      const length = bytes.subarray(at, at + lengthBytes)
      const size = Buffer.from(length).readUInt32BE()
      if (!timingSafeEqual(this.#sealer.header(length), bytes.subarray(at + lengthBytes, at + headerBytes))) {
        throw new MacError('a record that the peer did not send here')
      }
      if (size > recordBytes) throw new MacError(`a record of ${size} bytes, over the limit of ${recordBytes}`)
      const next = at + headerBytes + size + macBytes
      if (next > end) {
        this.need = next - at
        return at
      }
      const payload = bytes.subarray(at + headerBytes, next - macBytes)
      if (!timingSafeEqual(this.#sealer.payload(length, payload), bytes.subarray(next - macBytes, next))) {
        throw new MacError('a record with other bytes than the peer sent')
      }
      this.#ended = size === 0
      out.push(payload)
      at = next
    }
    return at
  }

  truncated(held: number): { phase: 'header' | 'payload'; had: number; needed: number } {
    return { phase: held < headerBytes ? 'header' : 'payload', had: held, needed: this.need }
  }
}
