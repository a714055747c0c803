/**
 * A proxy between two connections, of any two transports, pulled and driven. Both peers talk and end at random: the
 * bytes are the same both ways, one half may end long before the other, and the reset of one peer reaches the other.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Connection, Source } from '../../../lib/types.ts'
import { piecesOf } from '../transcripts/transcript.ts'
import { forAll, type Law, outcomeOf, type Trial, turns, until, watch } from '../trial.ts'
import type { Peer, Reading } from '../wires/peer.ts'
import { type WireName, type Wires, wireNames, withWires } from '../wires/wires.ts'

interface Side {
  over: WireName
  bytes: number
  cuts: number[]
  /** Turns between two pieces, again and again. */
  rests: number[]
  reading: Reading
}

interface Script {
  one: Side
  other: Side
  driven: boolean
  /** The first peer resets where it would have ended. */
  reset: boolean
}

const side: fc.Arbitrary<Side> = fc
  .record({
    over: fc.constantFrom(...wireNames),
    size: fc.oneof(
      { weight: 12, arbitrary: fc.record({ bytes: fc.nat(200), most: fc.constant(50) }) },
      { weight: 1, arbitrary: fc.record({ bytes: fc.nat(4 * 1024 * 1024), most: fc.constant(256 * 1024) }) }
    ),
    cuts: fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 5 }),
    rests: fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }),
    reading: fc.oneof(
      fc.constant<Reading>({ kind: 'at once' }),
      fc.record({ kind: fc.constant('slowly' as const), turns: fc.integer({ min: 1, max: 3 }) })
    )
  })
  .map(({ size: { bytes, most }, cuts, ...rest }) => {
    return { ...rest, bytes, cuts: [...cuts.map((part) => Math.ceil((part * most) / 1000)), most] }
  })

const scripts: fc.Arbitrary<Script> = fc.record({
  one: side,
  other: side,
  driven: fc.boolean(),
  reset: fc.nat(3).map((dice) => dice === 0)
})

export const proxied: Law = (trial) =>
  withWires(trial, (wires) =>
    forAll(trial, 150, scripts, async (script) => {
      try {
        await check(trial, wires, script)
      } finally {
        wires.cut()
      }
    })
  )

async function check(trial: Trial, wires: Wires, script: Script): Promise<void> {
  const one = await wires.open(script.one.over)
  const other = await wires.open(script.other.over)
  const joined = script.driven ? [one.ours, other.ours] : [hideDrive(one.ours), hideDrive(other.ours)]
  const through = watch(trial.core.proxy(joined[0] as Connection, joined[1] as Connection))
  const [said, answered] = [textOf(script.one), textOf(script.other)]
  const talking = watch(Promise.all([talk(one.peer, script.one, said), talk(other.peer, script.other, answered)]))
  await until(trial, 'both peers to have spoken', () => talking.settled)
  if (!script.reset) other.peer.end()
  if (script.reset) one.peer.reset()
  else one.peer.end()
  await until(trial, 'the proxy and the other peer', () => through.settled && other.peer.saw !== undefined)
  samePrefix(other.peer, said)
  samePrefix(one.peer, answered)
  if (script.reset) {
    assert.equal(outcomeOf(through), 'ConnectionResetError ERR_CONNECTION_RESET')
    assert.ok(other.peer.saw === 'reset' || other.peer.unsure, 'the reset of one peer is an end for the other')
  } else {
    await until(trial, 'the first peer to see the end', () => one.peer.saw !== undefined)
    assert.equal(outcomeOf(through), 'end')
    assert.deepEqual([one.peer.receivedBytes, other.peer.receivedBytes], [answered.length, said.length])
    assert.deepEqual([one.peer.saw, other.peer.saw], ['fin', 'fin'])
  }
}

/** The same connection, whose source can only be pulled. */
function hideDrive(ours: Connection): Connection {
  const source: Source<Uint8Array> = { [Symbol.asyncIterator]: () => ours.source[Symbol.asyncIterator]() }
  const close = (): Promise<void> => ours.close()
  return { source, sink: ours.sink, abort: (reason: unknown) => ours.abort(reason), close } as Connection
}

function textOf({ bytes, over }: Side): string {
  return `${over}, ${'0123456789abcdefghijklmnopqrstuvwxyz'.repeat(Math.ceil(bytes / 36))}`.slice(0, bytes)
}

async function talk(peer: Peer, { cuts, rests, reading }: Side, text: string): Promise<void> {
  peer.read(reading)
  for (const [index, piece] of piecesOf(text, cuts).entries()) {
    peer.write(Buffer.from(piece))
    await turns(rests[index % rests.length] as number)
  }
}

function samePrefix({ received }: Peer, text: string): void {
  const bytes = Buffer.concat(received)
  assert.ok(bytes.equals(Buffer.from(text).subarray(0, bytes.length)), 'the bytes differ behind the proxy')
}
