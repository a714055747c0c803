/**
 * The same pipelines made of the core's stages, and steps of our own where the core has none such. Unlike the naive ones
 * they work by batches, as the steps of users do. Each stage has a witness.
 */
import type { Source, Stage, Step } from '../../../lib/types.ts'
import type { Core } from '../core.ts'
import { turns } from '../trial.ts'
import { isFaulty, refusal, type StageSpec } from './spec.ts'
import { Witness } from './witness.ts'

/** Anything that stands in a pipe. */
export type Part = (source: Source<never>) => Source<unknown>
type AnyStage = Stage<never, unknown>

export interface RealPipeline {
  readonly parts: Part[]
  /** One for each part; of plain transforms nothing is seen. */
  readonly witnesses: Witness[]
}

/** @param trip what a `trip` stage calls */
export function realPipeline(core: Core, specs: readonly StageSpec[], trip: () => void = () => {}): RealPipeline {
  const witnesses = specs.map(() => new Witness())
  const parts = specs.map((spec, index): Part => {
    const part = realPart(core, spec, index, trip)
    if (!('begin' in part)) return part
    const begin = (): Step<never, unknown> => (witnesses[index] as Witness).over(part.begin(), core.DONE)
    return core.stage(part.label, begin, { endIsFrame: part.endIsFrame === true })
  })
  return { parts, witnesses }
}

function realPart(core: Core, spec: StageSpec, index: number, trip: () => void): Part | AnyStage {
  const own = <In, Out>(step: () => Step<In, Out>): AnyStage => core.stage(spec.kind, step) as unknown as AnyStage
  const refuse = (frame: string): void => {
    if (isFaulty(frame)) throw new Error(refusal(index, spec.kind, frame))
  }
  switch (spec.kind) {
    case 'lines':
      return own(() => lines(spec, refuse))
    case 'map':
      return core.map((frame: string) => {
        if (spec.picky) refuse(frame)
        return `${frame}.`
      }) as AnyStage
    case 'drop faulty':
      return core.filter((frame: string) => !isFaulty(frame)) as unknown as AnyStage
    case 'repeat':
      return core.flatMap((frame: string) => Array.from({ length: spec.times }, (_, time) => frame + time)) as AnyStage
    case 'take':
      return core.take<string>(spec.count) as unknown as AnyStage
    case 'tap':
      return core.tap<string>(() => {}) as unknown as AnyStage
    case 'hold':
      return own(hold)
    case 'late refusal':
      return own(() =>
        each((frame, out) => {
          out.push(frame)
          refuse(frame)
        })
      )
    case 'count':
      return own(count)
    case 'throw at end':
      return own(() => ({
        ...each((frame, out) => out.push(frame)),
        end(out) {
          if (spec.words) out.push('last words')
          throw new Error(`stage ${index}, end`)
        }
      }))
    case 'throw at begin':
      return own(() => {
        throw new Error(`stage ${index}, begin`)
      })
    case 'mapAsync':
      return core.mapAsync(
        async (frame: string) => {
          await turns(frame.length % 3)
          if (spec.picky) refuse(frame)
          return frame.toUpperCase()
        },
        { concurrency: spec.concurrency }
      ) as unknown as Part
    case 'items':
      return core.items((source: AsyncIterable<string>) => onByOne(source)) as unknown as Part
    case 'generator':
      return ((source: Source<string>) => onByOne(source)) as unknown as Part
    case 'trip':
      return own(() => tripwire(spec.at, trip))
    case 'encode':
      return core.stage(spec.kind, () => encode(spec, refuse), { endIsFrame: spec.endIsFrame }) as unknown as AnyStage
  }
}

function each(take: (frame: string, out: string[]) => void): Step<string, string> {
  return {
    push(batch, out) {
      for (const frame of batch) take(frame, out)
    }
  }
}

function lines(spec: StageSpec & { kind: 'lines' }, refuse: (frame: string) => void): Step<Uint8Array, string> {
  let rest = ''
  return {
    push(batch, out) {
      for (const bytes of batch) {
        const frames = (rest + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')).split(
          '\n'
        )
        rest = frames.pop() as string
        for (const frame of frames) {
          if (spec.picky) refuse(frame)
          out.push(frame)
        }
      }
    },
    end(out) {
      if (rest === '' || spec.rest === 'drop') return
      if (spec.rest === 'throw') throw new Error(`cut off after ${rest.length}`)
      out.push(rest)
    }
  }
}

function hold(): Step<string, string> {
  let kept: string[] = []
  return {
    push(batch, out) {
      const all = [...kept, ...batch]
      kept = all.splice(-1)
      for (const frame of all) out.push(frame)
    },
    end(out) {
      out.push(...kept)
    }
  }
}

function count(): Step<string, string> {
  let frames = 0
  return {
    push(batch, out) {
      frames += batch.length
      for (const frame of batch) out.push(frame)
    },
    end(out) {
      out.push(`${frames} frames`)
    }
  }
}

function tripwire(at: number, trip: () => void): Step<string, string> {
  let seen = 0
  return each((frame, out) => {
    out.push(frame)
    seen++
    if (seen === at) trip()
  })
}

/** With `packed` one chunk a push, which may be an empty one; without, one a frame, and an empty one in front. */
function encode(spec: StageSpec & { kind: 'encode' }, refuse: (frame: string) => void): Step<string, Uint8Array> {
  const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')
  return {
    push(batch, out) {
      let packed = ''
      if (!spec.packed) out.push(bytes(''))
      try {
        for (const frame of batch) {
          if (spec.picky) refuse(frame)
          if (spec.packed) packed += `${frame}\n`
          else out.push(bytes(`${frame}\n`))
        }
      } finally {
        if (spec.packed) out.push(bytes(packed))
      }
    },
    end(out) {
      if (spec.trailer) out.push(bytes('END\n'))
    }
  }
}

/** A plain generator over batches or items. */
async function* onByOne<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const value of source) yield value
}
