/** How long the comparison of a login's answer takes, by where the answer is wrong first. */
import { createHmac } from 'node:crypto'
import { challenge } from '../../lib/gate/hmac-challenge.ts'
import type { Dialog } from '../../lib/index.ts'
import { answerParent } from './framework/remote.ts'

export interface TimingReport {
  /** Welch's t of the two kinds of answers. */
  readonly t: number
  readonly samples: number
  readonly meanNs: readonly [number, number]
}

const key = Buffer.from('a secret that both have')

/** An answer whose first wrong byte is at this place. */
async function judged(wrongAt: number): Promise<number> {
  let nonce: Uint8Array = new Uint8Array(0)
  const client = {
    write: async (bytes: Uint8Array) => {
      nonce = bytes
    },
    read: async () => {
      const answer = createHmac('sha256', key).update(nonce).digest()
      answer[wrongAt] = (answer[wrongAt] as number) ^ 0xff
      return answer
    }
  }
  const answer = await challenge(client as unknown as Dialog, key, 'sha256', new AbortController().signal)
  const from = process.hrtime.bigint()
  const right = await answer.isRight()
  const took = Number(process.hrtime.bigint() - from)
  if (right) throw new Error('a wrong answer was accepted')
  return took
}

answerParent({
  async compare(samples: number): Promise<TimingReport> {
    const kinds: [number[], number[]] = [[], []]
    for (let index = 0; index < samples / 10; index++) await judged(index % 2 === 0 ? 0 : 31)
    for (let index = 0; index < samples; index++) {
      const kind = index % 2
      kinds[kind as 0 | 1].push(await judged(kind === 0 ? 0 : 31))
    }
    // The slowest tenth is the system's: interrupts, collections.
    const [one, other] = kinds.map((values) => {
      const kept = values.sort((a, b) => a - b).slice(0, Math.floor(values.length * 0.9))
      const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length
      const variance = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1)
      return { mean, error: variance / kept.length }
    }) as [{ mean: number; error: number }, { mean: number; error: number }]
    const t = (one.mean - other.mean) / Math.sqrt(one.error + other.error)
    return { t, samples, meanNs: [one.mean, other.mean] }
  }
})
process.once('disconnect', () => process.exit())
