/**
 * What the admin endpoint shows of several workers: their metrics added up, their connections one after the other.
 *
 * What a worker that died had counted stays in the sums, as of the last time that somebody looked, so that no counter goes
 * back; connections that went with it are closed for the reason `worker_died`.
 */
import { AggregatorRegistry, Registry } from 'prom-client'
import type { ConnectionInfo } from '../../lib/index.ts'
import { adminLimits } from '../admin/admin-limits.ts'
import type { Connections, Watched } from '../admin/admin-server.ts'
import { read, type Snapshot } from '../admin/service-metrics.ts'
import type { WorkerPool } from './worker-pool.ts'

export class WatchedWorkers implements Watched {
  readonly #pool: WorkerPool
  readonly #own = new Registry()
  /** Of workers that are gone. */
  #departed: Snapshot = []

  constructor(server: string, pool: WorkerPool) {
    this.#pool = pool
    this.#own.setDefaultLabels({ server })
    read(this.#own, 'it_serve_accepting', () => (this.state() === 'accepting' ? 1 : 0))
    read(this.#own, 'it_serve_connections_limit', () => pool.admission.limits.maxConnections)
    read(this.#own, 'it_serve_workers', () => pool.serving.length)
    read(this.#own, 'it_serve_worker_restarts_total', () => pool.restarts)
    pool.onLost = ({ snapshot }) => this.#keep(snapshot)
  }

  state(): string {
    const { state, serving } = this.#pool
    return state === 'accepting' && serving.length === 0 ? 'no worker serves' : state
  }

  async metrics(): Promise<{ text: string; contentType: string }> {
    const asked = this.#pool.serving.map(async (worker) => {
      const report = await worker.ask({ metrics: true })
      if (report?.metrics !== undefined) worker.snapshot = report.metrics
    })
    await Promise.all(asked)
    // One that did not answer counts as it did before; one that died meanwhile is among the departed.
    const snapshots = this.#pool.serving.map(({ snapshot }) => snapshot)
    const all = AggregatorRegistry.aggregate([...snapshots, this.#departed, await this.#own.getMetricsAsJSON()])
    return { text: await all.metrics(), contentType: all.contentType }
  }

  /** Their numbers are each worker's own, so each is told with its worker. */
  async connections(offset: number, limit: number): Promise<Connections> {
    const connections: (ConnectionInfo & { worker: number })[] = []
    let total = 0
    for (const worker of this.#pool.serving) {
      const wanted = {
        offset: Math.max(0, offset - total),
        limit: Math.min(limit, adminLimits.listed) - connections.length
      }
      const report = await worker.ask(wanted)
      total += report?.total ?? 0
      for (const one of report?.connections ?? []) connections.push({ worker: worker.number, ...one })
    }
    return { total, connections }
  }

  /** What only grows stays; what was so at the moment is no more. */
  #keep(snapshot: Snapshot): void {
    const lasting = snapshot.filter(({ type }) => ['counter', 'histogram'].includes(String(type)))
    const sum = (name: string): number =>
      lasting.find((metric) => metric.name === name)?.values.reduce((all, { value }) => all + value, 0) ?? 0
    const closed = lasting.find(({ name }) => name === 'it_serve_connections_closed_total')
    const lost = sum('it_serve_connections_accepted_total') - sum('it_serve_connections_closed_total')
    const [first] = closed?.values ?? []
    if (first !== undefined) closed?.values.push({ value: lost, labels: { ...first.labels, reason: 'worker_died' } })
    this.#departed = structuredClone([...added(this.#departed, lasting)])
  }
}

/** Two snapshots in one. */
function added(one: Snapshot, other: Snapshot): Snapshot {
  const names = new Set([...one, ...other].map(({ name }) => name))
  return Array.from(names, (name) => {
    const [first, second] = [one, other].map((all) => all.find((metric) => metric.name === name))
    if (first === undefined || second === undefined) return (first ?? second) as Snapshot[number]
    const sums = new Map<string, Snapshot[number]['values'][number]>()
    for (const value of [...first.values, ...second.values]) {
      const { metricName } = value as { metricName?: string }
      const key = `${metricName} ${JSON.stringify(Object.entries(value.labels).sort())}`
      const before = sums.get(key)
      sums.set(key, before === undefined ? value : { ...value, value: before.value + value.value })
    }
    return { ...first, values: [...sums.values()] }
  })
}
