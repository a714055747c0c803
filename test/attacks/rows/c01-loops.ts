/**
 * C1: one forged datagram between two servers on the real kernel, in a network namespace of the row's own, with a Python
 * peer that forges, answers naively and counts.
 */
import { outputOf } from '../framework/output-of.ts'
import type { Row } from '../framework/row.ts'

export const row: Row = {
  id: 'C1',
  title:
    'a forged datagram that sets two servers talking to each other: echo, time, a naive echo, a naive one that answers errors',
  gate: 'at most 2 packets between two of ours, at most 20 replies to a naive one; two naive ones go on for ever',
  shows: ['pairs', 'packets between two of ours, at most', 'our replies to a naive server, at most'],
  quick: {},
  full: {},
  needs: ['python3', 'unshare', 'ip'],
  root: true,
  async run(attack) {
    const ours = `${process.execPath} --import tsx scripts/it-serve.ts`
    const words = ['unshare', '-n', 'python3', '-B', 'test/attacks/python/loops.py', ours] as const
    const { stdout, stderr, status } = await outputOf(attack, words, { ms: 120_000 })
    attack.holds('the pairs were watched', status === 0, stderr)
    if (status !== 0) return
    const found = Object.entries(JSON.parse(stdout) as Record<string, { first: number; second: number }>)
    const naive = (pair: string): boolean => pair.includes('naive')
    const both = 'naive echo, naive errors'
    attack.exactly('pairs', found.length, 9)
    const own = found.filter(([pair]) => !naive(pair)).map(([, { first, second }]) => first + second)
    attack.atMost('packets between two of ours, at most', Math.max(...own), 2)
    const replies = found.filter(([pair]) => naive(pair) && pair !== both).map(([, { second }]) => second)
    attack.atMost('our replies to a naive server, at most', Math.max(...replies), 20)
    const control = found.find(([pair]) => pair === both)?.[1] ?? { first: 0, second: 0 }
    attack.atLeast('packets between two naive ones', control.first + control.second, 1000)
  }
}
