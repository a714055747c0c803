/** The UDP sockets of a service: opened with a guard, their refusals counted and told. */
import { systemClock } from './clock.ts'
import type { DatagramRefusal, ServeEvent } from './events.ts'
import { DatagramGuard, type DatagramRules } from './gate/datagram-guard.ts'
import { RefusalReport } from './gate/refusal-report.ts'
import type { Server } from './server.ts'
import { type DatagramConnection, openDatagrams } from './transport/udp.ts'

export interface DatagramService {
  readonly server: Pick<Server, 'name' | 'datagrams'>
  readonly rules: DatagramRules
  /** Counts what was refused. */
  readonly refused: Record<DatagramRefusal, number>
  readonly emit: (make: () => ServeEvent) => void
}

/** @throws InvalidOptionError, ListenError */
export async function openGuarded(url: string, service: DatagramService): Promise<DatagramConnection> {
  const { server, rules, refused, emit } = service
  const { name, datagrams: manners = {} } = server
  // Until it is known with its port.
  let endpoint = url
  const report = new RefusalReport(rules.clock ?? systemClock, (reason, datagrams) =>
    emit(() => ({ type: 'refuse-datagrams', server: name, endpoint, reason, datagrams }))
  )
  const guard = new DatagramGuard(rules, manners, (reason) => {
    refused[reason]++
    report.count(reason)
  })
  const drop = (datagrams: number): void => emit(() => ({ type: 'drop', server: name, endpoint, datagrams }))
  const { shared = false, broadcast = false } = manners
  const told = { onDrop: drop, onSendError: () => drop(1), onClose: () => report.flush() }
  const socket = await openDatagrams(url, { shared, broadcast, guard, ...told })
  endpoint = socket.endpoint
  return socket
}
