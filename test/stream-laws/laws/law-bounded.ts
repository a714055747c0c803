/**
 * Bounded memory, both ways, against whoever does not read. Measured is what our side has taken in and not passed on,
 * in every turn of the loop and not only in the end: it never goes over the high-water mark and one batch for each queue
 * on the way. Then the one who did not read begins, and everything arrives.
 */
import assert from 'node:assert/strict'
import type { Control, Receiver, Source } from '../../../lib/types.ts'
import { realPipeline } from '../pipelines/real.ts'
import { CheckedReceiver } from '../receiver.ts'
import { type Form, forms, serveWith } from '../transcripts/play.ts'
import { type Law, outcomeOf, quiet, type Trial, until, watch } from '../trial.ts'
import type { Peer } from '../wires/peer.ts'
import { type Gauge, type Wire, type WireName, type Wires, withWires } from '../wires/wires.ts'

/** `tcp client` cannot be looked into. */
const measured: WireName[] = ['memory', 'tcp', 'tcp plain', 'unix']

const pieceBytes = 64 * 1024
/** 16 MiB, more than any kernel takes for a reader that does not read. */
const pieces = Array.from({ length: 256 }, (_, index) => new Uint8Array(pieceBytes).fill(index))
/** What one queue may hold: it is full at the mark, and then takes what was on its way. */
const queue = (trial: Trial): number => trial.core.limits.highWaterBytes + pieceBytes

/** What can wait: what Node or the pair has read, what is written; pulled also a queue in between, taken as one batch. */
const queuesOf: Record<Form, number> = { driven: 2, pulled: 4, generator: 4, 'sink pulled': 4 }

export const bounded: Law = (trial) =>
  withWires(trial, async (wires) => {
    for (const name of measured) {
      for (const form of Object.keys(forms) as Form[]) await silentReader(trial, wires, name, form)
      for (const way of Object.keys(readers)) await silentHandler(trial, wires, name, way)
      for (const way of ['driven', 'pulled'] as const) await endlessAnswer(trial, wires, name, way)
    }
  })

/** The peer writes 16 MiB into an echo and reads nothing. */
async function silentReader(trial: Trial, wires: Wires, name: WireName, form: Form): Promise<void> {
  const { ours, peer, gauge } = (await wires.open(name)) as Required<Wire>
  const { parts } = realPipeline(trial.core, [])
  const piped = watch(serveWith(trial.core, form, ours, parts))
  flood(peer, pieces)
  const most = queuesOf[form] * queue(trial)
  const kept = await greatest(() => gauge.read() - gauge.taken(), gauge)
  assert.ok(kept <= most, `${name}, ${form}: ${kept} bytes kept of a peer that does not read, over ${most}`)
  assert.ok(gauge.read() < pieces.length * pieceBytes, `${name}, ${form}: no stall, so nothing was measured`)
  assert.equal(piped.settled, false)
  peer.end()
  peer.read({ kind: 'at once' })
  await until(trial, `${name}, ${form}: the echo to be whole`, () => peer.saw !== undefined && piped.settled)
  assert.equal(outcomeOf(piped), 'end')
  assert.ok(Buffer.concat(peer.received).equals(Buffer.concat(pieces)), `${name}, ${form}: the echo differs`)
  wires.cut()
}

/**
 * What our side may do instead of reading, and how many queues fill up behind it. Whoever is through reads a little and
 * throws it away.
 */
const readers: Record<string, { queues: number; begin: (trial: Trial, wire: Wire) => unknown }> = {
  'never claims': { queues: 1, begin: () => undefined },
  'pauses at once': {
    queues: 2,
    begin: (trial, { ours }) => new CheckedReceiver<Uint8Array>().drive(trial.core, ours.source).pause()
  },
  'pauses at the first batch': {
    queues: 2,
    begin(trial, { ours }) {
      const receiver = new CheckedReceiver<Uint8Array>()
      receiver.onBatch = () => receiver.pause()
      receiver.drive(trial.core, ours.source)
    }
  },
  'asks once': { queues: 3, begin: (_trial, { ours }) => ours.source[Symbol.asyncIterator]().next() },
  'is DONE at once': { queues: 3, begin: (trial, { ours }) => run(trial, ours, [{ kind: 'take', count: 0 }]) },
  'is DONE after a while': { queues: 5, begin: (trial, { ours }) => run(trial, ours, [{ kind: 'take', count: 3 }]) },
  closes: { queues: 3, begin: (_trial, { ours }) => void ours.close() }
}

function run(trial: Trial, ours: Wire['ours'], specs: Parameters<typeof realPipeline>[1]): Promise<void> {
  return serveWith(trial.core, 'driven', ours, realPipeline(trial.core, specs).parts)
}

/** The peer writes 8 MiB to a handler that does not read on. */
async function silentHandler(trial: Trial, wires: Wires, name: WireName, way: string): Promise<void> {
  const wire = (await wires.open(name)) as Required<Wire>
  const { queues, begin } = readers[way] as (typeof readers)[string]
  Promise.resolve(begin(trial, wire)).catch(() => {})
  flood(wire.peer, pieces.slice(0, 128))
  const most = queues * queue(trial)
  const read = await greatest(wire.gauge.read, wire.gauge)
  assert.ok(read <= most, `${name}: our side ${way}, and ${read} bytes were read, over ${most}`)
  wires.cut()
}

/** Our side has an endless answer for a peer that does not read. */
async function endlessAnswer(trial: Trial, wires: Wires, name: WireName, way: 'driven' | 'pulled'): Promise<void> {
  const { ours, peer, gauge } = (await wires.open(name)) as Required<Wire>
  const endless = way === 'driven' ? new EndlessDrive(trial) : new EndlessPull()
  const piped = watch(ours.sink(endless as Source<Uint8Array>))
  const most = 2 * queue(trial)
  const kept = await greatest(() => endless.given - gauge.taken(), gauge)
  assert.ok(kept <= most, `${name}, ${way}: ${kept} bytes of an endless answer wait, over ${most}`)
  peer.read({ kind: 'stops', at: peer.receivedBytes + 32 * 1024 * 1024 })
  const before = endless.given
  await until(trial, `${name}, ${way}: the answer to go on`, () => endless.given > before + 1024 * 1024)
  assert.equal(piped.settled, false)
  wires.cut()
  await until(trial, `${name}, ${way}: the sink to hear of the abort`, () => piped.settled)
}

class EndlessPull {
  given = 0
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array[]> {
    for (;;) {
      this.given += pieceBytes
      yield [new Uint8Array(pieceBytes)]
    }
  }
}

/** A piece a turn, unless it is paused. */
class EndlessDrive implements Control {
  given = 0
  #paused = false
  #over = false
  readonly [key: symbol]: unknown

  constructor({ core }: Trial) {
    Object.assign(this, { [core.DRIVE]: (to: Receiver<Uint8Array>) => this.#begin(to) })
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
  }

  cancel(): void {
    this.#over = true
  }

  #begin(to: Receiver<Uint8Array>): Control {
    const next = (): void => {
      if (this.#over) return
      setImmediate(next)
      if (this.#paused) return
      this.given += pieceBytes
      to.batch([new Uint8Array(pieceBytes)])
    }
    setImmediate(next)
    return this
  }
}

function flood(peer: Peer, bytes: readonly Uint8Array[]): void {
  for (const piece of bytes) peer.write(piece)
}

/** The greatest value of a number until nothing moves any more. */
async function greatest(value: () => number, { read, taken }: Gauge): Promise<number> {
  let most = 0
  await quiet(() => {
    most = Math.max(most, value())
    return read() + taken()
  })
  return most
}
