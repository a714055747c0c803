/**
 * What may stand between the digits of a length and the mark behind them, and means nothing here: HTTP's chunk
 * extensions.
 *
 *   5 ; name="value" CRLF      blanks in front of the sign, as RFC 9112, 7.1.1 asks of a reader
 *
 * A part of the mark by itself is refused in it: another reader may take that for the end (a bare LF smuggles requests).
 */
import { InvalidOptionError, MalformedFrameError } from '../errors.ts'
import { bytesOfMark } from './marks.ts'

/** The longest number with its extension and its mark, in bytes. */
const mostBytes = 4096

export class LengthExtension {
  readonly #name: string
  readonly #sign: number
  readonly #mark: Uint8Array

  /** @throws InvalidOptionError */
  constructor(name: string, sign: string, mark: Uint8Array | undefined) {
    const bytes = bytesOfMark('extension', sign)
    if (mark === undefined) throw new InvalidOptionError('extension', sign, 'none where there is no `end`')
    if (bytes.byteLength > 1) throw new InvalidOptionError('extension', sign, 'one character')
    this.#name = name
    this.#sign = bytes[0] as number
    this.#mark = mark
  }

  beginsWith(byte: number | undefined): boolean {
    return byte === this.#sign || isBlank(byte)
  }

  /**
   * Index behind the mark; 0 where it is not in `bytes[from, until)`.
   *
   * @param at the first byte of the number
   * @param from the first byte of the extension
   * @param seen bytes of all this that were looked at before, in vain
   */
  end(bytes: Uint8Array, at: number, from: number, until: number, seen: number): number {
    const mark = this.#mark
    let index = Math.max(from, at + seen - mark.byteLength + 1)
    while (index < until && !mark.includes(bytes[index] as number)) index++
    if (index + mark.byteLength - at > mostBytes) this.#fail(`an extension of more than ${mostBytes} bytes`)
    for (let of = 0; of < mark.byteLength; of++, index++) {
      if (index >= until) return 0
      if (bytes[index] !== mark[of]) this.#fail('a part of its mark by itself in an extension')
    }
    let sign = from
    while (isBlank(bytes[sign])) sign++
    if (bytes[sign] !== this.#sign) this.#fail('no extension behind the blank that is behind the digits of a length')
    return index
  }

  #fail(what: string): never {
    throw new MalformedFrameError(this.#name, what)
  }
}

/** A space or a tab. */
function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09
}
