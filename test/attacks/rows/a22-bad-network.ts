/**
 * A22: transfers over a line that loses packets, one that is slow, and lines cut or cut up by the fault proxy. The first two
 * are of the real kernel, in a network namespace of the row's own.
 */
import { execFileSync } from 'node:child_process'
import { type Faults, faultProxy } from '../../../lib/faults/index.ts'
import type { Row } from '../framework/row.ts'

interface Transfers {
  readonly same: number
  readonly failed: number
  readonly silent: number
}

const ways: Record<string, { up?: Faults; down?: Faults; cut?: true; share?: number }> = {
  'slices of 1 byte': { up: { sliceBytes: 1 }, down: { sliceBytes: 1 }, share: 0.01 },
  'jitter of 100 ms': { up: { jitterMs: 100 }, down: { jitterMs: 100 } },
  '1 MB/s': { down: { bytesPerSecond: 1e6 }, share: 0.25 },
  'FIN at a byte, upwards': { up: { cut: { at: { between: [0, 60_000] }, how: 'end' } }, cut: true },
  'FIN at a byte, downwards': { down: { cut: { at: { between: [0, 60_000] }, how: 'end' } }, cut: true },
  'reset at a byte': { down: { cut: { at: { between: [0, 60_000] }, how: 'reset' } }, cut: true }
}

export const row: Row<{ bytes: number; times: number }> = {
  id: 'A22',
  title: 'bad networks: 5 % loss, 10 Mbit/s, slices of a byte, jitter, a rate, FIN and reset at any byte',
  gate: 'every transfer is the same by SHA-256, or an explicit error; none is cut short in silence',
  shows: ['5 % loss: the same', 'FIN at a byte, downwards: explicit errors', 'reset at a byte: cut short in silence'],
  quick: { bytes: 65_536, times: 10 },
  full: { bytes: 262_144, times: 200 },
  needs: ['ip', 'nft', 'tc'],
  root: true,
  async run(attack, { bytes, times }) {
    const run = (words: string): Buffer => execFileSync('sh', ['-c', words])
    const name = `its-a22-${process.pid}`
    const inside = ['ip', 'netns', 'exec', name]
    run(`ip netns add ${name}`)
    attack.after(() => void run(`ip netns del ${name}`))
    const kernel = async (what: string, rule: string, count: number): Promise<void> => {
      run(`${inside.join(' ')} sh -c 'ip link set lo up mtu 1500; ${rule}'`)
      const client = attack.python('transfer.py', { to, greeting: '4', bytes, times: count, seed: attack.seed }, inside)
      const { same, silent } = await client.event<Transfers>('done', 600_000)
      attack.exactly(`${what}: the same`, same, count)
      attack.exactly(`${what}: cut short in silence`, silent, 0)
    }
    const alone = await attack.victim('blocks', {}, false, { wrapper: inside })
    const to = alone.endpoint
    const table = 'add table inet its; add chain inet its in { type filter hook input priority 0; }; '
    await kernel('5 % loss', `nft "${table} add rule inet its in numgen random mod 100 < 5 drop"`, times)
    const rate = 'tc qdisc add dev lo root tbf rate 10mbit burst 32kbit latency 400ms'
    await kernel('10 Mbit/s', `nft "delete table inet its"; ${rate}`, Math.max(3, times / 4))

    const victim = await attack.victim('blocks', {}, { greeting: '4', say: '\0\0\0\x08#', hear: '\0\0\0\x08#' })
    for (const [way, { cut, share = 1, ...faults }] of Object.entries(ways)) {
      const proxy = await faultProxy({ target: victim.endpoint, seed: attack.seed, ...faults })
      const size = Math.round(bytes * share)
      const plan = { to: proxy.endpoint, greeting: '4', bytes: size, times, seed: attack.seed }
      const { same, failed, silent } = await attack.python('transfer.py', plan).event<Transfers>('done', 600_000)
      await proxy.close()
      if (cut) attack.exactly(`${way}: explicit errors`, failed, times)
      else attack.exactly(`${way}: the same`, same, times)
      attack.exactly(`${way}: cut short in silence`, silent, 0)
    }
    const { books } = await victim.stats()
    attack.atLeast('closed truncated, of those with a FIN upwards', books.closed.truncated?.count ?? 0, times * 0.8)
  }
}
