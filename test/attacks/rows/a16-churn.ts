/** A16: connect, one echo, close, as often as it goes. */
import type { Row } from '../framework/row.ts'

const from = Array.from({ length: 8 }, (_, index) => `127.0.1.${index + 1}`)

export const row: Row<{ clients: number }> = {
  id: 'A16',
  title: 'churn: connect, one echo, close',
  gate: 'at least 2,000 a second or 0.7 of the plain echo; the heap grows by 20 bytes each at most, no descriptor stays',
  shows: ['rate', 'of 2,000/s, or of 0.7 of the plain echo', 'heap growth of the second half'],
  quick: { clients: 8000 },
  full: { clients: 100_000 },
  async run(attack, { clients }) {
    const victim = await attack.victim('echo')
    const steps = [
      { do: 'send', text: '0123456789abcdef' },
      { do: 'read', bytes: 16 },
      { do: 'fin' },
      { do: 'read', bytes: 'end' }
    ] as const
    const churn = async (to: string, count: number): Promise<number> => {
      const patienceMs = 600_000
      const fates = await attack.crowd({ to, count, from, atATime: 64, patienceMs, steps }).fates(patienceMs)
      attack.exactly(
        `answered, of ${count}`,
        fates.filter((fate) => fate.how === 'fin' && fate.received === 16).length,
        count
      )
      return count / (Math.max(...fates.map(({ beganMs, connectMs, livedMs }) => beganMs + connectMs + livedMs)) / 1000)
    }
    const first = await churn(victim.endpoint, clients / 2)
    const middle = await victim.inspect()
    const second = await churn(victim.endpoint, clients / 2)
    const end = await victim.inspect()
    const plain = await churn(attack.controlEndpoint, clients / 2)
    const ours = Math.max(first, second)
    attack.figure('rate', ours, '/s')
    attack.figure('rate of the plain echo', plain, '/s')
    attack.atLeast('of 2,000/s, or of 0.7 of the plain echo', Math.max(ours / 2000, ours / plain / 0.7), 1, 'times')
    // Under two megabytes the heap moves by itself, so that only the full form can tell.
    const most = Math.max((20 * clients) / 2, attack.full ? 0 : 2 * 1024 * 1024)
    attack.atMost('heap growth of the second half', (end.heapUsed - middle.heapUsed) / 1024, most / 1024, 'KiB')
    attack.atMost('descriptors more than in the middle', end.files - middle.files, 2)
  }
}
