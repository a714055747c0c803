/**
 * What is decided before anything is read: nothing is read then, and the decision nearest the sink wins as everywhere,
 * whether the stages run as one or a plain transform stands between them.
 */
import assert from 'node:assert/strict'
import type { Source } from '../../../lib/types.ts'
import { Reference } from '../pipelines/naive.ts'
import { realPipeline } from '../pipelines/real.ts'
import type { StageSpec } from '../pipelines/spec.ts'
import { type Law, outcomeOf, type Trial, until, watch } from '../trial.ts'

const none: StageSpec = { kind: 'take', count: 0 }
const bomb: StageSpec = { kind: 'throw at begin' }
const count: StageSpec = { kind: 'count' }
const between: StageSpec = { kind: 'generator' }

export const beginning: Law = async (trial) => {
  const pipelines = [
    [none],
    [none, count],
    [count, none],
    [bomb],
    [bomb, count],
    [none, bomb],
    [bomb, none],
    [bomb, bomb]
  ]
  for (const specs of pipelines) {
    await check(trial, specs)
    await check(
      trial,
      specs.flatMap((spec) => [spec, between])
    )
  }
}

async function check(trial: Trial, specs: StageSpec[]): Promise<void> {
  const reference = new Reference(specs)
  let read = false
  const source: Source<string> = {
    [Symbol.asyncIterator]() {
      read = true
      return { next: () => Promise.resolve({ done: true, value: undefined }) }
    }
  }
  const { parts } = realPipeline(trial.core, specs)
  const items: string[] = []
  const run = async (): Promise<void> => {
    const piped = (trial.core.pipe as (...all: unknown[]) => Source<string>)(source, ...parts)
    for await (const batch of piped) items.push(...batch)
  }
  const running = watch(run())
  const shown = specs.map(({ kind }) => kind).join(', ')
  await until(trial, `the outcome of ${shown}`, () => running.settled)
  assert.deepEqual([items, outcomeOf(running)], [reference.output, reference.outcome], shown)
  assert.equal(read, false, `${shown}: the source was read`)
}
