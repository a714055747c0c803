/** tls-clients-process.ts, as rows see it. */
import type { Attack } from './attack.ts'
import { Remote } from './remote.ts'

export function tlsClients(attack: Attack): Remote {
  const clients = new Remote('the TLS clients', new URL('../tls-clients-process.ts', import.meta.url))
  attack.after(() => clients.kill())
  return clients
}
