/** What the admin endpoint shows of a service in this process. */
import type { ConnectionInfo, ServeEvent, Service } from '../../lib/index.ts'
import type { Connections, Watched } from './admin-server.ts'
import { read, type ServiceMetrics } from './service-metrics.ts'

/** Follows a service from its start to its end. */
export class ServiceState {
  #state = 'starting'
  #service: Service | undefined

  started(service: Service): void {
    this.#service = service
    if (this.#state === 'starting') this.#state = 'accepting'
  }

  readonly onEvent = ({ type }: ServeEvent): void => {
    if (type === 'drain') this.#state = 'draining'
    else if (type === 'stop') this.#state = 'stopped'
  }

  /** `accepting`, or in a word why not. */
  get word(): string {
    const { accepting = true } = (this.#service ?? {}) as { accepting?: boolean }
    return this.#state === 'accepting' && !accepting ? 'suspended' : this.#state
  }

  connections(offset: number, limit: number): Connections {
    const service = this.#service
    if (service === undefined) return { total: 0, connections: [] }
    return { total: service.stats.open, connections: slice(service.connections(), offset, limit) }
  }
}

/** @param state of the service whose metrics they are */
export function watchedService(state: ServiceState, metrics: ServiceMetrics): Watched {
  const { registry } = metrics
  read(registry, 'it_serve_accepting', () => (state.word === 'accepting' ? 1 : 0))
  read(registry, 'it_serve_workers', () => 1)
  read(registry, 'it_serve_worker_restarts_total', () => 0)
  return {
    state: () => state.word,
    metrics: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
    connections: async (offset, limit) => state.connections(offset, limit)
  }
}

function slice(all: Iterable<ConnectionInfo>, offset: number, limit: number): ConnectionInfo[] {
  const found: ConnectionInfo[] = []
  let index = 0
  for (const one of all) {
    if (found.length >= limit) break
    if (index++ >= offset) found.push(one)
  }
  return found
}
