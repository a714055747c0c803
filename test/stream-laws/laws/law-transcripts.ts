/**
 * The same transcript pulled and driven, over memory, TCP, TLS and Unix sockets, looks the same from outside, and looks as
 * the naive reference says: the bytes, the outcome of our pipeline, what the peer sees of our end, which stages were
 * ended. Behind a reset or an abort prefixes are compared, for nobody knows how much was on its way; but never may a
 * reset pass for an end.
 */
import assert from 'node:assert/strict'
import { Reference } from '../pipelines/naive.ts'
import { isPlain, type StageSpec } from '../pipelines/spec.ts'
import { type Form, forms, play, type Seen } from '../transcripts/play.ts'
import { transcripts as anyTranscript, piecesOf, type Transcript, textOf } from '../transcripts/transcript.ts'
import { forAll, type Law, type Trial } from '../trial.ts'
import { type WireName, type Wires, wireNames, withWires } from '../wires/wires.ts'

export const transcripts: Law = (trial) =>
  withWires(trial, (wires) =>
    forAll(trial, 150, anyTranscript, async (script) => {
      await everywhere(trial, wires, script, wiresFor(script), Object.keys(forms) as Form[])
    })
  )

/** A TLS wire costs as much as all others: the script itself says over which of the two it goes. */
function wiresFor({ frames, tail }: Transcript): readonly WireName[] {
  const left: WireName = (frames.length + tail) % 2 === 0 ? 'tls' : 'tls client'
  return wireNames.filter((name) => name !== left)
}

/** Plays a transcript in every way and judges what is to be seen. */
export async function everywhere(
  trial: Trial,
  wires: Wires,
  script: Transcript,
  over: readonly WireName[],
  ways: readonly Form[]
): Promise<Seen[]> {
  const reference = new Reference(script.specs)
  const due = piecesOf(textOf(script), script.cuts).map((piece) => {
    reference.feed(piece)
    return reference.written
  })
  if (script.ending === 'fin') reference.end()
  const expected = Buffer.from(reference.text, 'latin1')
  const all: Seen[] = []
  for (const name of over) {
    for (const form of ways) {
      try {
        const seen = await play(trial, await wires.open(name), form, script, due)
        judge(script, form, seen, reference, expected)
        all.push(seen)
      } catch (error) {
        throw new Error(`over ${name}, ${form}: ${(error as Error).message}`, { cause: error })
      } finally {
        wires.cut()
      }
    }
  }
  return all
}

function judge(script: Transcript, form: Form, seen: Seen, reference: Reference, expected: Buffer): void {
  const { specs, ending } = script
  const fault = reference.outcome.startsWith('fault')
  const cut = fault && form !== 'sink pulled' && specs.some((spec) => spec.kind === 'encode' && spec.endIsFrame)
  for (const [index, { broken }] of seen.witnesses.entries()) assert.deepEqual(broken, [], `stage ${index}`)
  if (ending === 'reset') {
    samePrefix(seen, expected)
    judgeReset(script, seen)
  } else if (seen.tripped) {
    samePrefix(seen, expected)
    judgeTrip(script, seen, reference)
  } else {
    assert.equal(seen.outcome, reference.outcome, 'outcome of our pipeline')
    judgeEnds(specs, seen, reference)
    if (cut) {
      samePrefix(seen, expected)
      assert.ok(seen.saw === 'reset' || seen.unsure, 'the end is the end of a frame, and a fault looks like an end')
    } else {
      same(seen, expected)
      assert.equal(seen.saw, 'fin')
    }
  }
}

function same({ received }: Seen, expected: Buffer): void {
  if (received.equals(expected)) return
  let at = 0
  while (at < received.length && received[at] === expected[at]) at++
  const show = (bytes: Buffer): string => JSON.stringify(bytes.toString('latin1', Math.max(0, at - 20), at + 40))
  const lengths = `${received.length} bytes, not ${expected.length}`
  assert.fail(`the peer received ${lengths}; from byte ${at} on ${show(received)}, not ${show(expected)}`)
}

function samePrefix(seen: Seen, expected: Buffer): void {
  same(seen, expected.subarray(0, seen.received.length))
}

/** What the bytes decided that had arrived may have come out; if they decided nothing, the outcome is the reset. */
function judgeReset(script: Transcript, seen: Seen): void {
  const { specs, trip } = script
  const arrived = textOf(script).slice(0, seen.witnesses[0]?.bytes)
  const reference = new Reference(specs)
  reference.feed(arrived)
  const possible = ['ConnectionResetError ERR_CONNECTION_RESET']
  if (reference.outcome !== 'open') possible.push(reference.outcome)
  if (seen.tripped) possible.push(tripOutcomes[trip])
  assert.ok(possible.includes(seen.outcome), `${seen.outcome} behind a reset, not ${possible.join(' or ')}`)
  for (const [index, { ended }] of seen.witnesses.entries()) {
    if (ended > 0) assert.ok(index <= reference.decider || reference.ended.has(index), `a reset ended stage ${index}`)
  }
}

const tripOutcomes = { abort: 'fault: tripped', close: 'AbortedError ERR_ABORTED' }

function judgeTrip({ specs, trip }: Transcript, { outcome, saw, unsure }: Seen, reference: Reference): void {
  const possible = [tripOutcomes[trip]]
  // What the same call decides, a fault, or an end that had already come, may be quicker than the news. And in front of
  // an async transform a frame may be seen on which the outcome no longer depends.
  if (reference.outcome !== 'end' || trip === 'close' || specs.some(isPlain)) possible.push(reference.outcome)
  assert.ok(possible.includes(outcome), `${outcome} behind the trip, not ${possible.join(' or ')}`)
  assert.ok(saw === (trip === 'close' ? 'fin' : 'reset') || unsure || outcome !== possible[0], `the peer saw ${saw}`)
}

function judgeEnds(specs: readonly StageSpec[], { witnesses }: Seen, reference: Reference): void {
  for (const [index, { ended }] of witnesses.entries()) {
    if (index <= reference.decider || isPlain(specs[index] as StageSpec)) continue
    assert.equal(ended, Number(reference.ended.has(index)), `ends of stage ${index}`)
  }
}
