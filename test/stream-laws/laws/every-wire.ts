/**
 * Runs checks that need no random input over every transport and, where they read, in every way of reading. A failure
 * names the check and where it failed.
 */
import type { Source } from '../../../lib/types.ts'
import { CheckedReceiver } from '../receiver.ts'
import type { Trial } from '../trial.ts'
import { type Wire, wireNames, withWires } from '../wires/wires.ts'

export type Check<Way> = (trial: Trial, wire: Wire, way: Way) => Promise<void>

/** @param ways by their names */
export async function overEveryWire<Way>(
  trial: Trial,
  ways: Readonly<Record<string, Way>>,
  checks: readonly Check<Way>[]
): Promise<void> {
  await withWires(trial, async (wires) => {
    for (const name of wireNames) {
      for (const [how, way] of Object.entries(ways)) {
        for (const check of checks) {
          try {
            await check(trial, await wires.open(name), way)
          } catch (error) {
            throw new Error(`${check.name} over ${name}, ${how}: ${(error as Error).message}`, { cause: error })
          } finally {
            wires.cut()
          }
        }
      }
    }
  })
}

/** What a reader has seen so far. */
export interface Reader {
  readonly bytes: Buffer
  readonly outcome: 'open' | 'end' | { error: unknown }
  /** Stops for now, behind the batch that is on its way; and goes on. */
  pause(): void
  resume(): void
}

export type Read = (trial: Trial, source: Source<Uint8Array>) => Reader

/** Both ways of reading. */
export const readers: Readonly<Record<string, Read>> = {
  driven({ core }, source) {
    const receiver = new CheckedReceiver<Uint8Array>().drive(core, source)
    return {
      get bytes() {
        return Buffer.concat(receiver.items)
      },
      get outcome() {
        if (receiver.broken.length > 0) throw new Error(receiver.broken.join(', '))
        return receiver.outcome
      },
      pause: () => receiver.pause(),
      resume: () => receiver.resume()
    }
  },
  pulled: (_trial, source) => new PullingReader(source)
}

class PullingReader implements Reader {
  outcome: Reader['outcome'] = 'open'
  readonly #batches: Uint8Array[] = []
  #paused: Promise<void> | undefined
  #wake: (() => void) | undefined

  constructor(source: Source<Uint8Array>) {
    const over = (outcome: Reader['outcome']): void => {
      this.outcome = outcome
    }
    this.#read(source).then(
      () => over('end'),
      (error: unknown) => over({ error })
    )
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#batches)
  }

  pause(): void {
    this.#paused ??= new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  resume(): void {
    this.#paused = undefined
    this.#wake?.()
  }

  async #read(source: Source<Uint8Array>): Promise<void> {
    for await (const batch of source) {
      this.#batches.push(...batch)
      await this.#paused
    }
  }
}
