import { BlockReader } from './block-reader.ts'
import { CountedPassage } from './counted-passage.ts'
import type { Fragments } from './fragments.ts'
import type { Passage } from './large-frame.ts'
import type { Layout } from './length-layout.ts'
import { TrailerLines } from './trailer-lines.ts'

/** Passes over a message of blocks, the ones that were joined already first. */
export class FragmentPassage implements Passage {
  done = false
  readonly #name: string
  readonly #layout: Layout
  readonly #fragments: Fragments
  readonly #reader: BlockReader
  #joined: Uint8Array | undefined
  #block: { passage: CountedPassage; last: boolean } | undefined
  #trailer: TrailerLines | undefined

  constructor(name: string, layout: Layout, fragments: Fragments, joined: Uint8Array) {
    this.#name = name
    this.#layout = layout
    this.#fragments = fragments
    this.#joined = joined
    this.#reader = new BlockReader(name, layout)
  }

  pass(bytes: Uint8Array, at: number, end: number, data: Uint8Array[]): number {
    if (this.#joined !== undefined) data.push(this.#joined)
    this.#joined = undefined
    while (at < end && !this.done) {
      if (this.#trailer !== undefined) {
        at = this.#trailer.take(bytes, at, end)
        this.done = this.#trailer.done
        if (!this.done) return at
      } else if (this.#block !== undefined) {
        at = this.#block.passage.pass(bytes, at, end, data)
        this.#finishBlock()
      } else if (this.#reader.read(bytes, at, end)) this.#beginBlock(bytes, at)
      else return at
    }
    return at
  }

  missing(): ReturnType<Passage['missing']> {
    if (this.#trailer !== undefined) return { phase: 'trailer' }
    return { phase: this.#block === undefined ? 'header' : 'payload' }
  }

  #beginBlock(bytes: Uint8Array, at: number): void {
    const { payloadAt, payload, trailer, value, behind } = this.#reader
    const { last, trailerLines } = this.#fragments
    const isLast = last === undefined ? value === 0 : last.read(bytes, at, behind)
    const behindIt = isLast && trailerLines ? 0 : trailer
    const passage = new CountedPassage(this.#name, payloadAt - at, payload, behindIt, this.#layout.trailerMark)
    this.#block = { passage, last: isLast }
  }

  #finishBlock(): void {
    if (this.#block?.passage.done !== true) return
    const { last } = this.#block
    this.#block = undefined
    if (last && this.#fragments.trailerLines) this.#trailer = new TrailerLines(this.#name)
    else this.done = last
  }
}
