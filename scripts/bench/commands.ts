/**
 * How a process that measures is led: it says `ready`, then for `warm SECONDS` or `go SECONDS` it works for that long and
 * answers with one figure. In between it stands still, so that sides can take turns of a fraction of a second.
 */
import { createInterface } from 'node:readline'
import type { Figure } from './rounds.ts'

export async function obey(work: (seconds: number, warming: boolean) => Promise<Figure> | Figure): Promise<void> {
  process.once('SIGTERM', () => process.exit(0))
  console.log('ready')
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, seconds] = line.split(' ')
    console.log(JSON.stringify(await work(Number(seconds), command === 'warm')))
  }
  process.exit(0)
}
