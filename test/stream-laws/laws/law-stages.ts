/**
 * Stages without a network: every pipeline gives what the naive one gives, pulled and driven, however the input was cut.
 *
 * Compared are the items, the outcome, and which stages were ended. In front of the stage that decides the outcome a
 * batch may have run ahead, so there only the contract of a step holds; behind it everything is exact.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Source } from '../../../lib/types.ts'
import { Reference } from '../pipelines/naive.ts'
import { type RealPipeline, realPipeline } from '../pipelines/real.ts'
import { framePipelines, isPlain, type StageSpec } from '../pipelines/spec.ts'
import { CheckedReceiver } from '../receiver.ts'
import { forAll, type Law, outcomeOf, type Trial, turn, until, watch } from '../trial.ts'

interface Script {
  specs: StageSpec[]
  batches: string[][]
  ending: 'end' | 'fault'
}

interface Seen {
  items: string[]
  outcome: string
}

const frame = fc
  .tuple(fc.constantFrom('a', 'bb', ''), fc.nat(9))
  .map(([text, dice]) => (dice === 0 ? `!${text}` : text))

const scripts: fc.Arbitrary<Script> = fc.record({
  specs: framePipelines,
  batches: fc.array(fc.array(frame, { maxLength: 6 }), { maxLength: 6 }),
  ending: fc.constantFrom('end', 'end', 'end', 'fault')
})

const lost = new Error('the source is lost')

/** How the source stands and how it is read. */
const forms: Record<string, (trial: Trial, script: Script, { parts }: RealPipeline) => Promise<Seen>> = {
  pulled: (trial, script, { parts }) => pull(trial, compose(trial, generated(script), parts)),
  'asked ahead': (trial, script, { parts }) => pullAhead(trial, compose(trial, generated(script), parts)),
  'driven source, pulled': (trial, script, { parts }) => pull(trial, compose(trial, pushed(trial, script), parts)),
  driven: (trial, script, { parts }) => drive(trial, compose(trial, pushed(trial, script), parts))
}

/** What was once lost: a batch that `mapAsync` read while it still worked at the one before. */
const readAhead: Script = {
  specs: [{ kind: 'mapAsync', concurrency: 2, picky: false }],
  batches: [[''], ['a', 'b', 'c']],
  ending: 'end'
}

export const stages: Law = (trial) => forAll(trial, 600, scripts, (script) => check(trial, script), [readAhead])

async function check(trial: Trial, script: Script): Promise<void> {
  const reference = new Reference(script.specs)
  for (const item of script.batches.flat()) reference.feedItem(item)
  if (script.ending === 'end') reference.end()
  const outcome = reference.outcome === 'open' ? `fault: ${lost.message}` : reference.outcome
  for (const [form, run] of Object.entries(forms)) {
    const pipeline = realPipeline(trial.core, script.specs)
    assert.deepEqual(await run(trial, script, pipeline), { items: reference.output, outcome }, form)
    for (const [index, { broken, ended }] of pipeline.witnesses.entries()) {
      assert.deepEqual(broken, [], `${form}: stage ${index}`)
      if (index <= reference.decider || isPlain(script.specs[index] as StageSpec)) continue
      assert.equal(ended, Number(reference.ended.has(index)), `${form}: ends of stage ${index}`)
    }
  }
}

function compose({ core }: Trial, source: Source<string>, parts: RealPipeline['parts']): Source<string> {
  return (core.pipe as (...all: unknown[]) => Source<string>)(source, ...parts)
}

async function* generated({ batches, ending }: Script): AsyncGenerator<string[]> {
  for (const batch of batches) yield [...batch]
  if (ending === 'fault') throw lost
}

/** A drivable source: every second batch comes in a turn of its own. */
function pushed({ core }: Trial, { batches, ending }: Script): Source<string> {
  const channel = core.channel<string>()
  const push = async (): Promise<void> => {
    for (const [index, batch] of batches.entries()) {
      channel.push([...batch])
      if (index % 2 === 1) await turn()
    }
    if (ending === 'fault') channel.fail(lost)
    else channel.end()
  }
  push()
  return channel
}

async function pull(trial: Trial, source: Source<string>): Promise<Seen> {
  const items: string[] = []
  const read = async (): Promise<void> => {
    for await (const batch of source) items.push(...batch.splice(0))
  }
  const reading = watch(read())
  await until(trial, 'the end of what is pulled', () => reading.settled)
  return { items, outcome: outcomeOf(reading) }
}

/** Two `next()` at a time, answered in their order. */
async function pullAhead(trial: Trial, source: Source<string>): Promise<Seen> {
  const items: string[] = []
  const iterator = source[Symbol.asyncIterator]()
  for (;;) {
    for (const asked of [watch(iterator.next()), watch(iterator.next())]) {
      await until(trial, 'an answer to next()', () => asked.settled)
      if (asked.value?.done !== false) return { items, outcome: outcomeOf(asked) }
      items.push(...asked.value.value)
    }
  }
}

/** Driven where the last run of stages reaches back to the source; behind a plain transform there is only pulling. */
async function drive(trial: Trial, source: Source<string>): Promise<Seen> {
  if (!(trial.core.DRIVE in source)) return pull(trial, source)
  const receiver = new CheckedReceiver<string>().drive(trial.core, source)
  await until(trial, 'the outcome of the drive', () => receiver.outcome !== 'open')
  await turn()
  assert.deepEqual(receiver.broken, [])
  const { outcome, items } = receiver
  return { items, outcome: typeof outcome === 'object' ? `fault: ${(outcome.error as Error).message}` : outcome }
}
