/** Our own client behind a line that flips bits: what comes out of it is compared with what went in. */
import { batched, connect, pipe } from '../../lib/index.ts'
import { within } from '../support/wait.ts'
import { answerParent } from './framework/remote.ts'
import type { FlipReport } from './rows/b04-flipped-bits.ts'

answerParent({
  async echoes({
    to,
    ca,
    times,
    bytes
  }: {
    to: string
    ca: string
    times: number
    bytes: number
  }): Promise<FlipReport> {
    const sent = Buffer.from(Array.from({ length: bytes }, (_, index) => (index * 31) % 251))
    const report = { altered: 0, closed: 0, whole: 0, how: '' }
    for (let round = 0; round < times; round++) {
      const got: Buffer[] = []
      try {
        await using line = await connect(to, { tls: { ca, serverName: 'localhost' } })
        const answers = async (): Promise<void> => {
          for await (const batch of line.source) for (const piece of batch) got.push(Buffer.from(piece))
        }
        // One end hears of it before the other: the first error is the outcome.
        await within(Promise.all([pipe(batched([sent]), line), answers()]), 'the end of an echo')
        report.whole++
        report.how ||= `${Buffer.concat(got).length} bytes, and an end`
      } catch {
        report.closed++
      }
      const bytesOut = Buffer.concat(got)
      if (!bytesOut.equals(sent.subarray(0, bytesOut.length))) report.altered++
    }
    return report
  }
})
process.once('disconnect', () => process.exit())
