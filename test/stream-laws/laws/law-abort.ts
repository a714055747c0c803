/**
 * Three verbs that end things while everybody waits. `abort`: every pending promise rejects with its reason, at once,
 * even where the source is silent, and the peer sees a reset. `close`: they reject too, but what was written arrives,
 * and the peer sees an end, also where it is still writing.
 */
import assert from 'node:assert/strict'
import { realPipeline } from '../pipelines/real.ts'
import { type Form, forms, serveWith } from '../transcripts/play.ts'
import { type Law, outcomeOf, quiet, type Trial, turns, until, watch } from '../trial.ts'
import type { Wire } from '../wires/wires.ts'
import { overEveryWire } from './every-wire.ts'

const formsByName = Object.fromEntries(Object.keys(forms).map((form) => [form, form as Form]))

export const ending: Law = async (trial) => {
  await overEveryWire(trial, formsByName, [abortInSilence, abortAtLast, closeInSilence, doneUnderFire])
  await overEveryWire(trial, { '0': 0, '1': 1, '2': 2, '3': 3, '5': 5 }, [abortAtEnd])
}

async function abortInSilence(trial: Trial, { ours, peer }: Wire, form: Form): Promise<void> {
  const { parts, witnesses } = realPipeline(trial.core, [{ kind: 'tap' }])
  const piped = watch(serveWith(trial.core, form, ours, parts))
  peer.read({ kind: 'at once' })
  peer.write(Buffer.from('hello'))
  await until(trial, 'the echo', () => peer.receivedBytes === 5)
  const reason = new Error('aborted')
  ours.abort(reason)
  await turns(1)
  assert.ok(piped.settled, 'the pipeline still waits, a turn behind the abort')
  assert.equal(piped.fault?.error, reason)
  assert.equal(ours.signal.reason, reason)
  assert.equal(witnesses[0]?.ended, 0, 'an abort passed for an end')
  const closed = watch(ours.close())
  await until(trial, 'the peer to see a reset', () => closed.settled && peer.saw !== undefined)
  assert.equal(peer.saw, 'reset')
}

/** An abort in the call that would have ended everything: it is no end. */
async function abortAtLast(trial: Trial, { ours, peer }: Wire, form: Form): Promise<void> {
  const reason = new Error('aborted')
  const { parts } = realPipeline(
    trial.core,
    [
      { kind: 'lines', picky: false, rest: 'frame' },
      { kind: 'trip', at: 1 },
      { kind: 'encode', picky: false, trailer: true, packed: false, endIsFrame: false }
    ],
    () => ours.abort(reason)
  )
  const piped = watch(serveWith(trial.core, form, ours, parts))
  peer.read({ kind: 'at once' })
  peer.write(Buffer.from('the last frame'))
  peer.end()
  await until(trial, 'the pipeline and the peer', () => piped.settled && peer.saw !== undefined)
  assert.equal(piped.fault?.error, reason)
  assert.ok(peer.saw === 'reset' || peer.unsure, 'the peer saw an end')
}

async function closeInSilence(trial: Trial, { ours, peer }: Wire, form: Form): Promise<void> {
  const { parts, witnesses } = realPipeline(trial.core, [{ kind: 'tap' }])
  const piped = watch(serveWith(trial.core, form, ours, parts))
  peer.read({ kind: 'at once' })
  peer.write(Buffer.from('hello'))
  await until(trial, 'the echo', () => peer.receivedBytes === 5)
  const closed = watch(ours.close())
  await until(trial, 'the pipeline to be told, and the peer to see the end', () => piped.settled && peer.saw === 'fin')
  assert.equal(outcomeOf(piped), 'AbortedError ERR_ABORTED')
  assert.equal(witnesses[0]?.ended, 0, 'a close passed for an end')
  assert.equal(closed.settled, false, 'the line is not closed before the peer has ended its half')
  peer.end()
  await until(trial, 'the line to be closed', () => closed.settled)
  assert.equal(outcomeOf(closed), 'end')
}

/** DONE behind the first frame, while a MiB more arrives and the peer is slow to read: the answer is whole. */
async function doneUnderFire(trial: Trial, { ours, peer }: Wire, form: Form): Promise<void> {
  const { parts } = realPipeline(trial.core, [
    { kind: 'lines', picky: false, rest: 'drop' },
    { kind: 'take', count: 1 },
    { kind: 'encode', picky: false, trailer: true, packed: false, endIsFrame: false }
  ])
  const question = `${'x'.repeat(30_000)}\n`
  const piped = watch(serveWith(trial.core, form, ours, parts).then(() => void ours.close()))
  for (let time = 0; time < 40; time++) peer.write(Buffer.from(question))
  await until(trial, 'the pipeline to be through', () => piped.settled)
  assert.equal(outcomeOf(piped), 'end')
  await quiet(() => peer.taken, 20)
  peer.read({ kind: 'at once' })
  await until(trial, 'the answer', () => peer.saw !== undefined)
  assert.equal(Buffer.concat(peer.received).toString(), `${question}END\n`)
  assert.equal(peer.saw, 'fin')
}

/** An abort while our end is on its way to the kernel cuts the line all the same. */
async function abortAtEnd(trial: Trial, { ours, peer }: Wire, ticks: number): Promise<void> {
  async function abortSoon(): Promise<void> {
    for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
    ours.abort(new Error('aborted'))
  }
  async function* bytes(): AsyncGenerator<Uint8Array[]> {
    yield [Buffer.from('hello')]
    abortSoon()
  }
  const sent = watch(ours.sink(bytes()))
  peer.read({ kind: 'at once' })
  await until(trial, 'the peer to find the line dead', () => {
    peer.write(Buffer.from('x'))
    return sent.settled && peer.dead
  })
}
