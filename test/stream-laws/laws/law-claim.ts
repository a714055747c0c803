/**
 * A stream is claimed once and may be claimed late.
 *
 * Once: a second reader, driver or sink gets an `InUseError`, and neither the stream nor what the second one brought is
 * touched. Late: what happened before the claim, the end of the peer's half, its reset, our abort, is seen by whoever
 * reads or writes behind it, with the bytes in front of it.
 */
import assert from 'node:assert/strict'
import type { Source } from '../../../lib/types.ts'
import { CheckedReceiver } from '../receiver.ts'
import { type Law, outcomeOf, quiet, type Trial, turns, until, type Watched, watch } from '../trial.ts'
import type { Wire } from '../wires/wires.ts'
import { overEveryWire, type Read, type Reader, readers } from './every-wire.ts'

export const inUse: Law = async (trial) => {
  await overEveryWire(trial, readers, [secondReader, secondSink, sharedUpstream])
  await sharedIterable(trial)
}

export const lateClaim: Law = (trial) => overEveryWire(trial, readers, [lateEnd, lateReset, lateAbort, lateBothHalves])

async function secondReader(trial: Trial, { ours, peer }: Wire, read: Read): Promise<void> {
  const first = read(trial, ours.source)
  for (const again of [ours.source, ours.source]) await refused(trial, again)
  peer.write(Buffer.from('hello'))
  peer.end()
  await until(trial, 'the first reader to be through', () => first.outcome !== 'open')
  assert.deepEqual([String(first.bytes), first.outcome], ['hello', 'end'])
  await refused(trial, ours.source)
}

/** Neither way of reading gets at it. */
async function refused(trial: Trial, source: Source<Uint8Array>): Promise<void> {
  const { core } = trial
  assert.throws(() => new CheckedReceiver<Uint8Array>().drive(core, source), core.InUseError)
  const asked = watch(source[Symbol.asyncIterator]().next())
  await until(trial, 'the second reader to be refused', () => asked.settled)
  assert.ok(asked.fault?.error instanceof core.InUseError, outcomeOf(asked))
}

async function secondSink(trial: Trial, { ours, peer }: Wire, read: Read): Promise<void> {
  const { core } = trial
  const first = watch(ours.sink(text('one')))
  let touched = false
  const other: Source<Uint8Array> = {
    [Symbol.asyncIterator]() {
      touched = true
      return text('two')[Symbol.asyncIterator]()
    }
  }
  const second = watch(ours.sink(other))
  await until(trial, 'the second sink to be refused', () => second.settled)
  assert.ok(second.fault?.error instanceof core.InUseError, outcomeOf(second))
  assert.equal(touched, false)
  peer.read({ kind: 'at once' })
  await until(trial, 'the first sink and its end', () => first.settled && peer.saw !== undefined)
  assert.deepEqual([outcomeOf(first), Buffer.concat(peer.received).toString()], ['end', 'one'])
  peer.write(Buffer.from('still there'))
  peer.end()
  const reader = read(trial, ours.source)
  await until(trial, 'the source, which nobody had read', () => reader.outcome !== 'open')
  assert.deepEqual([String(reader.bytes), reader.outcome], ['still there', 'end'])
}

/** Two streams of stages over one source: who reads first has it. */
async function sharedUpstream(trial: Trial, { ours, peer }: Wire, read: Read): Promise<void> {
  const { core } = trial
  const stages = (): Source<Uint8Array> => core.tap<Uint8Array>(() => {})(tapped)
  const tapped = core.tap<Uint8Array>(() => {})(ours.source)
  const [one, other] = [stages(), stages()]
  const first = read(trial, one)
  await refused(trial, other)
  await refused(trial, tapped)
  peer.write(Buffer.from('hello'))
  peer.end()
  await until(trial, 'the first reader to be through', () => first.outcome !== 'open')
  assert.deepEqual([String(first.bytes), first.outcome], ['hello', 'end'])
}

/** Also where the source itself would have given each of them an iterator. */
async function sharedIterable(trial: Trial): Promise<void> {
  const { core } = trial
  const tapped = core.tap<Uint8Array>(() => {})({ [Symbol.asyncIterator]: () => text('hello') })
  const [one, other] = [core.tap<Uint8Array>(() => {})(tapped), core.tap<Uint8Array>(() => {})(tapped)]
  const first = (readers.pulled as Read)(trial, one)
  const second = watch(other[Symbol.asyncIterator]().next())
  await until(trial, 'both readers', () => first.outcome !== 'open' && second.settled)
  assert.deepEqual([String(first.bytes), first.outcome], ['hello', 'end'])
  assert.ok(second.fault?.error instanceof core.InUseError, outcomeOf(second))
}

async function lateEnd(trial: Trial, { ours, peer }: Wire, read: Read): Promise<void> {
  peer.write(Buffer.from('hello'))
  peer.end()
  await everythingCame(peer)
  const reader = read(trial, ours.source)
  await until(trial, 'the end that came before the reader', () => reader.outcome !== 'open')
  assert.deepEqual([String(reader.bytes), reader.outcome], ['hello', 'end'])
}

async function lateReset(trial: Trial, { ours, peer }: Wire, read: Read): Promise<void> {
  peer.write(Buffer.from('hello'))
  await everythingCame(peer)
  peer.reset()
  await everythingCame(peer)
  const reader = read(trial, ours.source)
  await until(trial, 'the reset that came before the reader', () => reader.outcome !== 'open')
  assert.ok('hello'.startsWith(String(reader.bytes)))
  isReset(trial, reader.outcome)
  const sent = watch(ours.sink(silent()))
  await until(trial, 'a sink behind the reset', () => sent.settled)
  isReset(trial, sent.fault)
}

async function lateAbort(trial: Trial, { ours, peer }: Wire, read: Read): Promise<void> {
  peer.write(Buffer.from('hello'))
  await everythingCame(peer)
  const reason = new Error('aborted')
  ours.abort(reason)
  await turns(2)
  const reader = read(trial, ours.source)
  const sent = watch(ours.sink(silent()))
  await until(trial, 'reader and sink behind an abort', () => reader.outcome !== 'open' && sent.settled)
  assert.deepEqual([reader.outcome, sent.fault], [{ error: reason }, { error: reason }])
  assert.equal(ours.signal.reason, reason)
}

/** Our half ends first, long before somebody reads. */
async function lateBothHalves(trial: Trial, { ours, peer }: Wire, read: Read): Promise<void> {
  peer.read({ kind: 'at once' })
  const sent: Watched<void> = watch(ours.sink(text('bye')))
  await until(trial, 'our end', () => sent.settled && peer.saw !== undefined)
  peer.write(Buffer.from('hello'))
  peer.end()
  await everythingCame(peer)
  const reader = read(trial, ours.source)
  await until(trial, 'the end that came before the reader', () => reader.outcome !== 'open')
  assert.deepEqual([String(reader.bytes), reader.outcome, peer.saw], ['hello', 'end', 'fin'])
}

function isReset({ core }: Trial, fault: Reader['outcome'] | undefined): void {
  const error = typeof fault === 'object' ? fault.error : fault
  assert.ok(error instanceof core.ConnectionResetError, `${String(error)}, not a reset`)
}

async function everythingCame(peer: Wire['peer']): Promise<void> {
  await quiet(() => peer.taken, 20)
}

async function* text(content: string): AsyncGenerator<Uint8Array[]> {
  yield [Buffer.from(content)]
}

/** Never gives anything. */
function silent(): Source<Uint8Array> {
  return { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }
}
