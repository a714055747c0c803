/**
 * The reference: one byte, one item at a time, recursive.
 *
 * Each stage is two functions over single items. An item that a stage gives is taken through all stages behind it, and
 * written, before the stage gives the next; so there are no batches here, and nothing waits anywhere. Whoever decides
 * the outcome closes itself and all stages in front of it for good, and that is the whole rule of outcomes: nearer the
 * sink always comes first, and what lies behind the decision is never asked.
 */
import { isFaulty, refusal, type StageSpec } from './spec.ts'

type Give = (item: string) => void

interface NaiveStage {
  item(item: string, give: Give): 'done' | void
  end?(give: Give): void
  /** Decides before anything is read. */
  atOnce?: 'done' | 'throw'
}

/** Thrown through a stage that is giving while a stage behind it decides. */
const decided = Symbol('decided')

export class Reference {
  /** The bytes written, one character each; or the items, where there is no encoder. */
  readonly output: string[] = []
  /** `open`, `end`, or `fault: message`. */
  outcome = 'open'
  /** The stage that decided; -1 where the end of the source did. */
  decider = -1
  /** The stages whose `end` was called. */
  readonly ended = new Set<number>()
  /** Characters of the output. */
  written = 0
  readonly #stages: NaiveStage[]
  #closed = -1

  constructor(specs: readonly StageSpec[]) {
    this.#stages = specs.map(naiveStage)
    const at = this.#stages.findLastIndex(({ atOnce }) => atOnce !== undefined)
    if (at >= 0) this.#decide(at, () => (this.#stages[at]?.atOnce === 'done' ? 'done' : fail(`stage ${at}, begin`)))
  }

  /** Takes text in, character by character. */
  feed(text: string): void {
    for (let at = 0; at < text.length && this.outcome === 'open'; at++) this.feedItem(text[at] as string)
  }

  feedItem(item: string): void {
    if (this.outcome === 'open') this.#take(0, item)
  }

  end(): void {
    if (this.outcome === 'open') this.#finish(0)
  }

  get text(): string {
    return this.output.join('')
  }

  /** Gives an item to a stage. */
  #take(index: number, item: string): void {
    const stage = this.#stages[index]
    if (stage === undefined) {
      this.output.push(item)
      this.written += item.length
    } else {
      this.#decide(index, () => stage.item(item, (made) => this.#give(index, made)))
    }
  }

  /** The stages from `index` on have had all they get. */
  #finish(index: number): void {
    const stage = this.#stages[index]
    if (stage === undefined) {
      this.outcome = 'end'
      return
    }
    this.ended.add(index)
    const { decider } = this
    this.#decide(index, () => {
      stage.end?.((made) => this.#give(index, made))
      this.decider = decider
      return 'done'
    })
  }

  #give(from: number, item: string): void {
    this.#take(from + 1, item)
    if (this.#closed >= from) throw decided
  }

  /** Runs a stage, and acts on what it decides. */
  #decide(index: number, run: () => 'done' | void): void {
    try {
      if (run() !== 'done') return
    } catch (error) {
      if (error === decided) return
      this.#close(index)
      this.outcome = `fault: ${(error as Error).message}`
      return
    }
    this.#close(index)
    this.#finish(index + 1)
  }

  #close(index: number): void {
    this.#closed = index
    this.decider = index
  }
}

function fail(message: string): never {
  throw new Error(message)
}

function naiveStage(spec: StageSpec, index: number): NaiveStage {
  const refuse = (frame: string): void => {
    if (isFaulty(frame)) fail(refusal(index, spec.kind, frame))
  }
  switch (spec.kind) {
    case 'lines':
      return naiveLines(spec, refuse)
    case 'map':
      return {
        item(frame, give) {
          if (spec.picky) refuse(frame)
          give(`${frame}.`)
        }
      }
    case 'drop faulty':
      return { item: (frame, give) => (isFaulty(frame) ? undefined : give(frame)) }
    case 'repeat':
      return {
        item(frame, give) {
          for (let time = 0; time < spec.times; time++) give(`${frame}${time}`)
        }
      }
    case 'take':
      return naiveTake(spec.count)
    case 'hold':
      return naiveHold()
    case 'late refusal':
      return {
        item(frame, give) {
          give(frame)
          refuse(frame)
        }
      }
    case 'count':
      return naiveCount()
    case 'throw at end':
      return {
        item: (frame, give) => give(frame),
        end(give) {
          if (spec.words) give('last words')
          fail(`stage ${index}, end`)
        }
      }
    case 'throw at begin':
      return { atOnce: 'throw', item: () => {} }
    case 'mapAsync':
      return {
        item(frame, give) {
          if (spec.picky) refuse(frame)
          give(frame.toUpperCase())
        }
      }
    case 'encode':
      return {
        item(frame, give) {
          if (spec.picky) refuse(frame)
          give(`${frame}\n`)
        },
        end: (give) => (spec.trailer ? give('END\n') : undefined)
      }
    default:
      return { item: (frame, give) => give(frame) }
  }
}

function naiveLines(spec: StageSpec & { kind: 'lines' }, refuse: (frame: string) => void): NaiveStage {
  let line: string[] = []
  return {
    item(byte, give) {
      if (byte !== '\n') {
        line.push(byte)
        return
      }
      const frame = line.join('')
      line = []
      if (spec.picky) refuse(frame)
      give(frame)
    },
    end(give) {
      if (line.length === 0 || spec.rest === 'drop') return
      if (spec.rest === 'throw') fail(`cut off after ${line.length}`)
      give(line.join(''))
    }
  }
}

function naiveTake(count: number): NaiveStage {
  let left = count
  return {
    ...(count === 0 ? { atOnce: 'done' } : {}),
    item(frame, give) {
      left--
      if (left > 0) return give(frame)
      give(frame)
      return 'done'
    }
  }
}

function naiveHold(): NaiveStage {
  let kept: string | undefined
  const release = (give: Give): void => {
    const frame = kept
    kept = undefined
    if (frame !== undefined) give(frame)
  }
  return {
    item(frame, give) {
      release(give)
      kept = frame
    },
    end: release
  }
}

function naiveCount(): NaiveStage {
  let frames = 0
  return {
    item(frame, give) {
      frames++
      give(frame)
    },
    end: (give) => give(`${frames} frames`)
  }
}
