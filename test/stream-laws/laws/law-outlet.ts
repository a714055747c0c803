/**
 * The contract of an outlet, whatever is written into it and however it ends. Its watcher is never called inside one of
 * its calls; room is announced, at most once for each `write` that answered false; there is one outcome, `finished` or
 * `closed`. And a second watcher (the sink behind a dialog) is told of a dead connection as the first one was.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Outlet, OutletWatcher } from '../../../lib/types.ts'
import { forAll, type Law, type Trial, turns, until } from '../trial.ts'
import type { Reading } from '../wires/peer.ts'
import { type Wire, type WireName, wireNames, withWires } from '../wires/wires.ts'

interface Script {
  over: WireName
  /** Bytes of each write. */
  writes: number[]
  /** Whether a write waits for room. */
  patient: boolean
  reading: Reading
  ending: 'end' | 'abort' | 'close' | 'peer resets' | 'end, then the peer resets'
  late: boolean
}

const scripts: fc.Arbitrary<Script> = fc
  .record<Script>({
    over: fc.constantFrom(...wireNames),
    writes: fc.array(fc.oneof(fc.nat(10), fc.nat(100_000), fc.nat(8_000_000)), { maxLength: 4 }),
    patient: fc.boolean(),
    reading: fc.constantFrom<Reading[]>({ kind: 'at once' }, { kind: 'slowly', turns: 2 }),
    ending: fc.constantFrom<Script['ending'][]>('end', 'abort', 'close', 'peer resets', 'end, then the peer resets'),
    late: fc.boolean()
  })
  // To come too late for an end, or for a close, is to have missed it.
  .map((script) => ({ ...script, late: script.late && ['abort', 'peer resets'].includes(script.ending) }))

export const outlet: Law = (trial) =>
  withWires(trial, (wires) =>
    forAll(trial, 200, scripts, async (script) => {
      try {
        await check(trial, script, await wires.open(script.over))
      } finally {
        wires.cut()
      }
    })
  )

async function check(trial: Trial, script: Script, { ours, peer }: Wire): Promise<void> {
  const watcher = new CheckedWatcher(ours as unknown as Outlet)
  peer.read(script.reading)
  if (!script.late) watcher.watch()
  for (const bytes of script.writes) {
    watcher.write(new Uint8Array(bytes))
    await turns(bytes % 3)
    if (script.patient && !script.late) await until(trial, 'room', () => !watcher.full)
  }
  const end = script.ending
  if (end.startsWith('end')) watcher.end()
  if (end.endsWith('peer resets')) {
    await turns(1)
    peer.reset()
  }
  if (end === 'abort') ours.abort()
  if (end === 'close') ours.close()
  await turns(script.late ? 3 : 0)
  if (script.late) watcher.watch()
  await until(trial, 'the outcome of the outlet', () => watcher.outcome !== undefined)
  if (end === 'abort' || end === 'peer resets') {
    const next = new CheckedWatcher(ours as unknown as Outlet)
    next.watch()
    await until(trial, 'a second watcher to be told', () => next.outcome === 'closed')
  }
  peer.end()
  await turns(5)
  ours.abort()
  await turns(5)
  assert.deepEqual(watcher.broken, [])
  if (end === 'end') assert.equal(watcher.outcome, 'finished')
}

class CheckedWatcher implements OutletWatcher {
  readonly broken: string[] = []
  outcome: 'finished' | 'closed' | undefined
  /** A write answered false, and room was not announced yet. */
  full = false
  readonly #outlet: Outlet
  #inside = false
  #owed = 0

  constructor(outlet: Outlet) {
    this.#outlet = outlet
  }

  watch(): void {
    this.#within(() => this.#outlet.watch(this))
  }

  write(bytes: Uint8Array): void {
    this.#within(() => {
      if (this.#outlet.write([bytes])) return
      this.full = true
      this.#owed++
    })
  }

  end(): void {
    this.#within(() => this.#outlet.end())
  }

  drained(): void {
    this.#called('drained')
    if (this.#owed === 0) this.broken.push('drained, and there was room')
    this.#owed--
    this.full = false
  }

  finished(): void {
    this.#over('finished')
  }

  closed(): void {
    this.#over('closed')
  }

  #within(call: () => void): void {
    this.#inside = true
    call()
    this.#inside = false
  }

  #called(what: string): void {
    if (this.#inside) this.broken.push(`${what} inside a call of the outlet`)
  }

  #over(outcome: 'finished' | 'closed'): void {
    this.#called(outcome)
    if (this.outcome !== undefined) this.broken.push(`${outcome} behind ${this.outcome}`)
    this.outcome = outcome
  }
}
