/**
 * A reset is a reset. It takes no bytes with it that had already been read; it is heard by a sink that waits for room,
 * whatever lies in front of it; and never does it pass for the end of the peer's half.
 */
import assert from 'node:assert/strict'
import type { Source } from '../../../lib/types.ts'
import { type Form, forms, serveWith } from '../transcripts/play.ts'
import { type Law, outcomeOf, quiet, type Trial, turns, until, watch } from '../trial.ts'
import type { Wire } from '../wires/wires.ts'
import { overEveryWire, type Read, readers } from './every-wire.ts'

const KiB = 1024

export const bytesBeforeReset: Law = (trial) => overEveryWire(trial, readers, [readAlready, muchUnread, underAnswer])

const formsByName = Object.fromEntries(Object.keys(forms).map((form) => [form, form as Form]))

export const resetWhileWaiting: Law = (trial) => overEveryWire(trial, formsByName, [waitsForDrain, waitsAndReads])

/** A reader that rests has not taken all that was read for it when the reset comes. */
async function readAlready(trial: Trial, wire: Wire, read: Read): Promise<void> {
  const { ours, peer } = wire
  const reader = read(trial, ours.source)
  peer.write(numbered(1))
  await until(trial, 'the first bytes', () => reader.bytes.length > 0)
  reader.pause()
  for (let piece = 2; piece < 10; piece++) {
    peer.write(numbered(piece))
    await turns(2)
  }
  await quiet(() => peer.taken, 20)
  peer.reset()
  await quiet(() => Number(ours.signal.aborted), 20)
  reader.resume()
  await until(trial, 'the reset', () => reader.outcome !== 'open')
  sameAsRead(wire, reader.bytes)
  isReset(trial, reader.outcome)
}

/** The reset lies behind bytes in the kernel, where libuv takes it for an end. */
async function muchUnread(trial: Trial, wire: Wire, read: Read): Promise<void> {
  const { ours, peer } = wire
  for (let piece = 0; piece < 64; piece++) peer.write(numbered(piece))
  await quiet(() => peer.taken, 20)
  peer.reset()
  const reader = read(trial, ours.source)
  await until(trial, 'the reset', () => reader.outcome !== 'open')
  sameAsRead(wire, reader.bytes)
  isReset(trial, reader.outcome)
}

/** Reading and writing have nothing to do with each other, and the reset comes while much of ours is queued. */
async function underAnswer(trial: Trial, wire: Wire, read: Read): Promise<void> {
  const { ours, peer } = wire
  const reader = read(trial, ours.source)
  const sent = watch(ours.sink(answer()))
  await quiet(() => peer.taken, 20)
  peer.write(numbered(0))
  peer.reset()
  await until(trial, 'the reset, reading and writing', () => reader.outcome !== 'open' && sent.settled)
  sameAsRead(wire, reader.bytes)
  isReset(trial, reader.outcome)
  isReset(trial, sent.fault)
}

async function* answer(): AsyncGenerator<Uint8Array[]> {
  yield Array.from({ length: 256 }, () => new Uint8Array(64 * KiB))
}

function sameAsRead({ gauge }: Wire, bytes: Buffer): void {
  const sent = Buffer.concat(Array.from({ length: 64 }, (_, piece) => numbered(piece)))
  const from = bytes[0] === 1 ? 4 * KiB : 0
  assert.ok(bytes.equals(sent.subarray(from, from + bytes.length)), 'the bytes in front of a reset differ')
  if (gauge !== undefined) assert.equal(bytes.length, gauge.read(), 'bytes that were read and not delivered')
}

function numbered(piece: number): Uint8Array {
  return new Uint8Array(4 * KiB).fill(piece)
}

async function waitsForDrain(trial: Trial, wire: Wire, form: Form): Promise<void> {
  await resetUnderAnswer(trial, wire, form, () => {})
}

/** Reading goes on while the sink waits, and the reset lies behind bytes that come with it. */
async function waitsAndReads(trial: Trial, wire: Wire, form: Form): Promise<void> {
  await resetUnderAnswer(trial, wire, form, () => wire.peer.write(Buffer.from('more')))
}

/** One question, an answer of 16 MiB that nobody reads, and the reset in the middle of it. */
async function resetUnderAnswer(trial: Trial, { ours, peer }: Wire, form: Form, last: () => void): Promise<void> {
  let answered = false
  let ended = false
  const answer = trial.core.stage<Uint8Array, Uint8Array>('answer', () => ({
    push(_batch, out) {
      if (!answered) for (let piece = 0; piece < 256; piece++) out.push(new Uint8Array(64 * KiB))
      answered = true
    },
    end() {
      ended = true
    }
  }))
  const piped = watch(serveWith(trial.core, form, ours, [answer as (source: Source<never>) => Source<unknown>]))
  peer.write(Buffer.from('?'))
  await until(trial, 'the question', () => answered)
  await quiet(() => peer.taken, 20)
  assert.equal(piped.settled, false, 'the answer was taken whole, and nobody waits for room')
  last()
  peer.reset()
  await until(trial, 'the sink to hear of the reset', () => piped.settled)
  assert.equal(outcomeOf(piped), 'ConnectionResetError ERR_CONNECTION_RESET')
  assert.equal(ended, false, 'a reset passed for an end')
}

function isReset({ core }: Trial, outcome: unknown): void {
  const { error } = outcome as { error?: unknown }
  assert.ok(
    error instanceof core.ConnectionResetError,
    `the stream ended with ${String(error ?? outcome)}, not a reset`
  )
}
