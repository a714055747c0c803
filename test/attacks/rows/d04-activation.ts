/** D4: a supervisor holds the socket, as systemd does, while the server is killed and started again. */
import { outputOf } from '../framework/output-of.ts'
import type { Row } from '../framework/row.ts'

interface Told {
  readonly connected: number
  readonly refused: number
  readonly answered: number
  readonly status: number
}

export const row: Row<{ restarts: number; connects: number }> = {
  id: 'D4',
  title:
    'activation (LISTEN_FDS): the server killed with SIGKILL and started again (twice; five times in the full form), while clients connect',
  gate: 'none of 10,000 connects is refused',
  shows: ['connects', 'refused', 'servers that answered'],
  quick: { restarts: 2, connects: 2000 },
  full: { restarts: 5, connects: 10_000 },
  needs: ['python3'],
  async run(attack, { restarts, connects }) {
    const ours = [
      process.execPath,
      '--import',
      'tsx',
      'scripts/it-serve.ts',
      'serve',
      'echo',
      '--quiet',
      '--listen',
      'systemd:web'
    ]
    const supervisor = [
      'python3',
      '-B',
      'test/peers/python/supervisor.py',
      'web',
      String(restarts),
      String(connects)
    ] as const
    const { stdout, stderr, status } = await outputOf(attack, [...supervisor, ...ours], { ms: 120_000 })
    attack.holds('the supervisor ends well', status === 0, stderr)
    if (status !== 0) return
    const told = JSON.parse(stdout) as Told
    attack.atLeast('connects', told.connected, connects)
    attack.exactly('refused', told.refused, 0)
    attack.exactly('servers that answered', told.answered, restarts + 1)
    attack.exactly('status at the end', told.status, 0)
  }
}
