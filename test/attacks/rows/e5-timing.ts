/** E5: whether the time that an answer is judged in tells how much of it was right. */
import { Remote } from '../framework/remote.ts'
import type { Row } from '../framework/row.ts'
import type { TimingReport } from '../timing-process.ts'

export const row: Row<{ samples: number }> = {
  id: 'E5',
  title: 'timing: wrong answers whose first wrong byte is the first or the last, by turns',
  gate: 'no difference by Welch’s t: less than 4.5 over 200,000 answers',
  fullOnly: 'a statement of 200,000 samples on a quiet machine',
  quick: { samples: 20_000 },
  full: { samples: 200_000 },
  async run(attack, { samples }) {
    const timing = new Remote('the judge', new URL('../timing-process.ts', import.meta.url))
    attack.after(() => timing.kill())
    const { t, meanNs } = await timing.ask<TimingReport>('compare', samples, 600_000)
    attack.figure('mean, wrong at the first byte', meanNs[0], 'ns')
    attack.figure('mean, wrong at the last byte', meanNs[1], 'ns')
    // No unit of time: it is not to be tried until it fits.
    attack.atMost('t, without its sign', Math.abs(t), 4.5)
  }
}
