/** A5: frames that never end, a byte at a time; and a tool that does so for a living. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Row } from '../framework/row.ts'

export const row: Row<{ clients: number; frameMs: number }> = {
  id: 'A5',
  title: 'slowloris: a byte every 200 ms of a frame that never ends; slowhttptest',
  gate: 'each closed frame_timeout at its deadline ± 10 %, the well-behaved client within 20 ms',
  quick: { clients: 400, frameMs: 2000 },
  full: { clients: 1000, frameMs: 5000 },
  needs: ['slowhttptest'],
  async run(attack, { clients, frameMs }) {
    const talk = { say: 'Simple is better than?', hear: 'Complex.' }
    const victim = await attack.victim('zen', { limits: { frameMs } }, talk, { mostP99Ms: 20 })
    const drip = [{ do: 'drip', text: 'x', everyMs: 200 }] as const
    const fates = await attack
      .crowd({ to: victim.endpoint, count: clients, connectsPerSecond: 1000, steps: drip })
      .fates()
    const { closed } = await victim.until(({ closed: now }) => now.frame_timeout >= clients, 'all are booked')
    attack.exactly('closed frame_timeout', closed.frame_timeout, clients)
    attack.exactly(
      'told so by the end of the line',
      fates.filter(({ how }) => how === 'fin' || how === 'reset').length,
      clients
    )
    await attack.onTime(
      'closed after',
      fates.map(({ livedMs }) => livedMs),
      frameMs
    )

    const url = `http://127.0.0.1:${victim.port}/`
    const words = [
      '-c',
      String(clients),
      '-r',
      '500',
      '-H',
      '-i',
      '1',
      '-x',
      '10',
      '-p',
      '1',
      '-l',
      String(frameMs / 1000 + 4)
    ]
    const tool = spawn('slowhttptest', [...words, '-u', url], { stdio: 'ignore' })
    attack.after(() => void tool.kill('SIGKILL'))
    await once(tool, 'exit')
    await victim.until(({ open }) => open <= 2, 'the clients of slowhttptest are closed', frameMs + 5000)
    const after = await victim.stats()
    attack.atLeast('slowhttptest: closed frame_timeout', after.closed.frame_timeout - clients, clients * 0.9)
  }
}
