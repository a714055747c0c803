/**
 * Takes telnet (RFC 854) out of a stream of bytes: refuses every option, erases where asked to, skips the rest.
 *
 *   ff fb xx  WILL    answered by DONT      ff f7  EC, erase a character      ff fa ... ff f0  skipped
 *   ff fd xx  DO      answered by WONT      ff f8  EL, erase the line         ff f6  AYT, answered
 *   ff fc xx  WONT    not answered          ff f4  IP, the same               others skipped
 *   ff fe xx  DONT    not answered
 */
import type { TypedLine } from './typed-line.ts'

const iac = 0xff
const will = 0xfb
const wont = 0xfc
const doIt = 0xfd
const dont = 0xfe
const begin = 0xfa
const end = 0xf0
const areYouThere = 0xf6
const interrupt = 0xf4
const eraseCharacter = 0xf7
const eraseLine = 0xf8

const yes = new Uint8Array(Buffer.from('[Yes]\r\n'))

export class TelnetReader {
  /** Whether the next byte is telnet's. */
  inside = false
  /** WILL, WONT, DO or DONT, whose option is to come. */
  #verb = 0
  /** Between the begin and the end of a subnegotiation. */
  #skipping = false
  /** Inside one, behind an IAC. */
  #escaped = false

  /** An IAC came. */
  begin(): void {
    this.inside = true
  }

  take(byte: number, line?: TypedLine, answers?: (string | Uint8Array)[]): void {
    if (this.#skipping) {
      this.#skip(byte)
      return
    }
    if (this.#verb === 0 && byte >= will && byte <= dont) {
      this.#verb = byte
      return
    }
    this.inside = false
    const verb = this.#verb
    this.#verb = 0
    if (verb === will) answers?.push(Uint8Array.of(iac, dont, byte))
    else if (verb === doIt) answers?.push(Uint8Array.of(iac, wont, byte))
    else if (verb !== 0) return
    else if (byte === begin) this.#skipping = this.inside = true
    else if (byte === areYouThere) answers?.push(yes)
    else if (byte === eraseCharacter) line?.eraseCharacter()
    else if (byte === eraseLine || byte === interrupt) line?.clear()
  }

  #skip(byte: number): void {
    if (this.#escaped && byte === end) this.#skipping = this.inside = false
    this.#escaped = !this.#escaped && byte === iac
  }
}
