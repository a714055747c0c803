/**
 * Writes what a switching decoder reads: a run of frames up to one at which the framing changes is given to one encoder,
 * and what the encoders of a batch wrote is packed into one chunk again.
 */
import { InvalidOptionError } from '../errors.ts'
import type { Step } from '../types.ts'
import { Packer } from './packer.ts'
import { type Phase, phaseAfter } from './switching-phase.ts'

export class SwitchingEncoder<F> implements Step<F, Uint8Array> {
  readonly #endIsFrame: boolean
  #phase: Phase<F>
  #inner: Step<F, Uint8Array>
  #fault: { error: unknown } | undefined

  /** @param endIsFrame whether a codec may follow whose frame ends with the stream */
  constructor(phase: Phase<F>, endIsFrame: boolean) {
    this.#endIsFrame = endIsFrame
    this.#phase = phase
    this.#inner = phase.codec.encoder()
  }

  push(batch: readonly F[], out: Uint8Array[]): void {
    if (this.#fault !== undefined) throw this.#fault.error
    const written: Uint8Array[] = []
    try {
      for (let at = 0; at < batch.length; ) at = this.#run(batch, at, written)
    } catch (error) {
      this.#fault = { error }
      throw error
    } finally {
      pack(written, out)
    }
  }

  end(out: Uint8Array[]): void {
    if (this.#fault !== undefined) throw this.#fault.error
    this.#inner.end?.(out)
  }

  /** Writes the frames from `from` to the next switch; answers the index behind them. */
  #run(batch: readonly F[], from: number, out: Uint8Array[]): number {
    const phase = this.#phase
    if (phase.afters.length === 0) {
      this.#inner.push(from === 0 ? batch : batch.slice(from), out)
      return batch.length
    }
    const run: F[] = []
    let next: ReturnType<typeof phaseAfter<F>>
    try {
      for (let at = from; at < batch.length && next === undefined; at++) {
        run.push(batch[at] as F)
        next = phaseAfter(phase, batch[at] as F)
      }
    } finally {
      // Also where `after` threw: its fault comes behind the frame it was asked about, unless that is refused itself.
      this.#inner.push(run, out)
    }
    if (next !== undefined) this.#switch(next.phase)
    return from + run.length
  }

  #switch(phase: Phase<F>): void {
    const { codec } = phase
    if (codec.endIsFrame === true && !this.#endIsFrame) {
      throw new InvalidOptionError('endIsFrame', false, `true for a switching codec that ends in ${codec.name}`)
    }
    this.#phase = phase
    this.#inner = codec.encoder()
  }
}

function pack(written: readonly Uint8Array[], out: Uint8Array[]): void {
  if (written.length < 2) {
    out.push(...written)
    return
  }
  const packer = new Packer(
    out,
    written.reduce((size, chunk) => size + chunk.byteLength, 0)
  )
  for (const chunk of written) packer.bytes(chunk)
  packer.flush()
}
