/** Turns of a decoder in memory: it is fed its corpus again and again until the time is up, and every frame is looked at. */
import { obey } from '../commands.ts'
import type { Corpus } from '../corpus.ts'
import type { Figure } from '../rounds.ts'

/** Adds up what came out, so that no frame can be left unmade and a wrong one is noticed. */
export class Tally {
  frames = 0
  bytes = 0

  add(out: readonly { readonly length: number }[]): void {
    for (let index = 0; index < out.length; index++) this.one(out[index]!)
  }

  /** The same for frames with a header. */
  addHeaded(out: readonly { readonly payload: { readonly length: number } }[]): void {
    for (let index = 0; index < out.length; index++) this.one(out[index]!.payload)
  }

  one(frame: { readonly length: number }): void {
    this.frames++
    this.bytes += frame.length
  }
}

/** Feeds the corpus over and over for so long. The chunks of one stream end with `end`, unless the time is up for good. */
export type Feed = (tally: Tally, passes: () => boolean) => Promise<void> | void

/** `frames`: count frames; otherwise megabytes. */
export async function spin({ frames, bytes }: Corpus, unit: 'frames' | 'megabytes', feed: Feed): Promise<void> {
  await obey(async (seconds): Promise<Figure> => {
    const tally = new Tally()
    const cpu = process.cpuUsage()
    const start = performance.now()
    const until = start + seconds * 1000
    let passes = 0
    await feed(tally, () => {
      if (passes > 0 && performance.now() >= until) return false
      passes++
      return true
    })
    const elapsed = (performance.now() - start) / 1000
    const { user, system } = process.cpuUsage(cpu)
    if (tally.frames !== passes * frames || tally.bytes !== passes * bytes) throw new Error('frames are missing')
    const count = unit === 'frames' ? tally.frames : tally.bytes / 1e6
    return { value: count / elapsed, perCpu: count / ((user + system) / 1e6) }
  })
}
