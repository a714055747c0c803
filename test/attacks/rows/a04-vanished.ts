/** A4: clients end their half and vanish, while the handler of each is asleep for ever. */
import { readFileSync } from 'node:fs'
import { rest } from '../framework/attack.ts'
import type { Row } from '../framework/row.ts'

export const row: Row<{ clients: number; lingerMs: number }> = {
  id: 'A4',
  title: 'clients that end their half and vanish, in front of handlers that never return',
  gate: 'none in CLOSE-WAIT and no place taken a second after the linger time',
  quick: { clients: 300, lingerMs: 1000 },
  full: { clients: 1000, lingerMs: 5000 },
  async run(attack, { clients, lingerMs }) {
    const victim = await attack.victim('modes', { limits: { lingerMs } }, { greeting: 'e' })
    const steps = [
      { do: 'send', text: 's' },
      { do: 'rest', ms: [0, 200] },
      { do: 'fin' },
      { do: 'rest', ms: [0, 100] },
      { do: 'close' }
    ] as const
    // The handlers of one half wait inside their pipeline, those of the other have never touched their connection.
    await victim.ask('next', { sleeping: clients / 2 })
    await attack.crowd({ to: victim.endpoint, count: clients, steps }).fates()
    attack.figure('CLOSE-WAIT when they have gone', closeWaits(victim.port))
    await rest(lingerMs + 1000)
    attack.exactly('CLOSE-WAIT after the linger time and a second', closeWaits(victim.port), 0)
    const { open, closed } = await victim.stats()
    attack.atMost('places taken, the bystander beside', open, 2)
    attack.exactly('closed linger_timeout', closed.linger_timeout, clients)
  }
}

/** Connections of a port whose peer has ended and we have not. */
function closeWaits(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const sockets = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  return sockets.filter((line) => {
    const [, here = '', , state] = line.trim().split(/\s+/)
    return here.endsWith(local) && state === '08'
  }).length
}
