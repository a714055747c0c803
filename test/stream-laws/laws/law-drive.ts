/**
 * Whatever its receiver does, a drive keeps its contract: memory, TCP, Unix sockets, channels, hubs, and stages over each
 * of them. The receiver pauses, resumes, cancels and aborts at random, inside its own calls and between them, while the
 * other side writes on; the checks themselves are in receiver.ts. What was not cancelled arrives whole.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Connection, Source } from '../../../lib/types.ts'
import { Reference } from '../pipelines/naive.ts'
import { type Part, realPipeline } from '../pipelines/real.ts'
import { framePipelines, isPlain, type StageSpec } from '../pipelines/spec.ts'
import { CheckedReceiver } from '../receiver.ts'
import { forAll, type Law, type Trial, turn, turns, until } from '../trial.ts'
import { type WireName, type Wires, wireNames, withWires } from '../wires/wires.ts'

type Op = 'nothing' | 'pause' | 'resume' | 'pause, resume' | 'pause, resume, pause' | 'cancel' | 'abort'

interface Script {
  origin: WireName | 'channel' | 'hub'
  /** Frames for a channel, pieces of a text for a connection. */
  batches: string[][]
  specs: StageSpec[]
  ending: 'end' | 'reset'
  /** What the receiver does inside its nth batch. */
  inside: Op[]
  /** What it does in the nth turn. */
  between: Op[]
  /** How many turns the receiver is late. */
  late: number
}

const op = fc.constantFrom<Op[]>('nothing', 'pause', 'resume', 'pause, resume', 'pause, resume, pause')
const rareOp = fc.oneof(
  { weight: 12, arbitrary: op },
  { weight: 1, arbitrary: fc.constantFrom<Op[]>('cancel', 'abort') }
)

const scripts: fc.Arbitrary<Script> = fc
  .record<Script>({
    origin: fc.constantFrom(...wireNames, 'channel' as const, 'hub' as const),
    batches: fc.array(fc.array(fc.constantFrom('a', 'bb', '!c', 'd\n', '\n'), { maxLength: 5 }), { maxLength: 8 }),
    specs: framePipelines.map((specs) => specs.filter((spec) => !isPlain(spec))),
    ending: fc.constantFrom('end', 'end', 'reset'),
    inside: fc.array(rareOp, { maxLength: 6 }),
    between: fc.array(rareOp, { maxLength: 12 }),
    late: fc.nat(3)
  })
  // A hub has no fault of its own, and gives nothing to who is late.
  .map((script) => (script.origin === 'hub' ? { ...script, ending: 'end', late: 0 } : script))

/** A source that can be driven, and what makes it go on. */
interface Subject {
  source: Source<never>
  /** The pipeline in full. */
  specs: StageSpec[]
  /** Each is called in a turn of its own. */
  feed: (() => void)[]
  ours?: Connection
}

export const drive: Law = (trial) =>
  withWires(trial, (wires) =>
    forAll(trial, 500, scripts, async (script) => {
      try {
        await check(trial, script, await subject(trial, wires, script))
      } finally {
        wires.cut()
      }
    })
  )

async function check(trial: Trial, script: Script, { source, specs, feed, ours }: Subject): Promise<void> {
  const { parts } = realPipeline(trial.core, specs)
  const receiver = new CheckedReceiver<string | Uint8Array>()
  let aborted = false
  const act = (what: Op | undefined): void => {
    if (what === 'abort') {
      aborted = true
      ours?.abort(new Error('aborted'))
    } else if (what === 'cancel') {
      receiver.cancel()
    } else if (!receiver.cancelled && what !== undefined && what !== 'nothing') {
      for (const rein of what.split(', ')) receiver[rein as 'pause' | 'resume']()
    }
  }
  let batches = 0
  receiver.onBatch = () => act(script.inside[batches++])

  const claim = (): void => {
    receiver.drive(trial.core, (trial.core.pipe as (...all: unknown[]) => Source<string>)(source, ...(parts as Part[])))
  }
  if (script.late === 0) claim()
  for (let at = 0; at < Math.max(feed.length, script.between.length); at++) {
    feed[at]?.()
    if (at + 1 === script.late) claim()
    await turn()
    if (at + 1 > script.late) act(script.between[at])
  }
  if (script.late > Math.max(feed.length, script.between.length)) claim()
  const over = (): boolean => receiver.outcome !== 'open' || receiver.cancelled
  await until(trial, 'the outcome', () => {
    if (receiver.paused && !receiver.cancelled) receiver.resume()
    return over()
  })
  await turns(5)
  assert.deepEqual(receiver.broken, [])
  compare(script, specs, receiver, aborted && ours !== undefined)
}

function compare(
  script: Script,
  specs: StageSpec[],
  receiver: CheckedReceiver<string | Uint8Array>,
  cut: boolean
): void {
  const reference = new Reference(specs)
  const wire = script.origin !== 'channel' && script.origin !== 'hub'
  for (const item of script.batches.flat()) if (!wire) reference.feedItem(item)
  if (wire) reference.feed(script.batches.flat().join(''))
  if (script.ending === 'end') reference.end()
  const seen = receiver.items.map((item) => (typeof item === 'string' ? item : Buffer.from(item).toString('latin1')))
  const prefix = receiver.cancelled || cut || (wire && script.ending === 'reset')
  if (specs.length === 0) {
    const [all, expected] = [seen.join(''), reference.text]
    assert.equal(all, prefix ? expected.slice(0, all.length) : expected)
  } else {
    assert.deepEqual(seen, prefix ? reference.output.slice(0, seen.length) : reference.output)
  }
  if (prefix) return
  const { outcome } = receiver
  const shown = typeof outcome === 'object' ? `fault: ${(outcome.error as Error).message}` : outcome
  assert.equal(shown, reference.outcome === 'open' ? 'fault: failed' : reference.outcome)
}

async function subject({ core }: Trial, wires: Wires, script: Script): Promise<Subject> {
  const { origin, batches, specs, ending } = script
  if (origin === 'channel' || origin === 'hub') {
    const news = core.hub<string>()
    const channel = core.channel<string>()
    const push = (batch: string[]): unknown => (origin === 'hub' ? news.publish(batch) : channel.push([...batch]))
    const end = (): void => {
      if (origin === 'hub') news.end()
      else if (ending === 'end') channel.end()
      else channel.fail(new Error('failed'))
    }
    const source = origin === 'hub' ? news.subscribe() : channel
    return { source: source as Source<never>, specs, feed: [...batches.map((batch) => () => push(batch)), end] }
  }
  const { ours, peer } = await wires.open(origin)
  const feed = batches.map((batch) => () => {
    for (const piece of batch) peer.write(Buffer.from(piece))
  })
  const end = (): void => (ending === 'end' ? peer.end() : peer.reset())
  const decoder: StageSpec = { kind: 'lines', picky: false, rest: 'frame' }
  return {
    source: ours.source as Source<never>,
    specs: specs.length === 0 ? [] : [decoder, ...specs],
    feed: [...feed, end],
    ours
  }
}
