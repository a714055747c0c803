import { MalformedFrameError } from '../errors.ts'
import type { Passage } from './large-frame.ts'

/** Passes over a frame whose sizes are known: a header, a payload, and a trailer that may have to be certain bytes. */
export class CountedPassage implements Passage {
  readonly #name: string
  readonly #whole: number
  #header: number
  #payload: number
  #trailer: number
  readonly #mark: Uint8Array | undefined

  /** @param mark the bytes that the trailer must be */
  constructor(name: string, header: number, payload: number, trailer = 0, mark?: Uint8Array) {
    this.#name = name
    this.#whole = header + payload + trailer
    this.#header = header
    this.#payload = payload
    this.#trailer = trailer
    this.#mark = mark
  }

  get done(): boolean {
    return this.#header + this.#payload + this.#trailer === 0
  }

  pass(bytes: Uint8Array, at: number, end: number, data: Uint8Array[]): number {
    const header = Math.min(this.#header, end - at)
    this.#header -= header
    const from = at + header
    const payload = Math.min(this.#payload, end - from)
    this.#payload -= payload
    if (payload > 0) data.push(new Uint8Array(bytes.buffer, bytes.byteOffset + from, payload))
    const behind = from + payload
    const trailer = Math.min(this.#trailer, end - behind)
    for (let index = 0; this.#mark !== undefined && index < trailer; index++) {
      if (bytes[behind + index] !== this.#mark[this.#mark.byteLength - this.#trailer + index])
        throw badTrailer(this.#name, this.#mark)
    }
    this.#trailer -= trailer
    return behind + trailer
  }

  missing(): ReturnType<Passage['missing']> {
    const phase = this.#header > 0 ? 'header' : this.#payload > 0 ? 'payload' : 'trailer'
    return { phase, needed: this.#whole }
  }
}

export function badTrailer(name: string, mark: Uint8Array): MalformedFrameError {
  return new MalformedFrameError(name, `a frame does not end in ${Buffer.from(mark).toString('hex')}`)
}
