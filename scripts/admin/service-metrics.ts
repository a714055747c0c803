/**
 * The metrics of one process: the books of its service, read when somebody asks for them. Only what the books do not keep
 * (durations, faults, reloads) is counted from events.
 */
import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry
} from 'prom-client'
import type { ServeEvent, Service } from '../../lib/index.ts'
import type { EventLog } from '../log/event-log.ts'
import { durationBuckets, type Metric, type MetricName, metricTable } from './metric-table.ts'

/** All metrics of a process, as messages carry them. */
export type Snapshot = MetricObjectWithValues<MetricValue<string>>[]

/** What is counted outside of the service. */
export interface MetricSources {
  readonly log: Pick<EventLog, 'suppressed' | 'output'>
  /** The limit that holds for all workers. */
  readonly maxConnections: number | undefined
}

export class ServiceMetrics {
  readonly registry: Registry = new Registry()
  #service: Service | undefined
  readonly #durations: Histogram
  readonly #faults: Counter
  readonly #reloads: Counter<'outcome'>

  constructor(server: string, { log, maxConnections }: MetricSources) {
    const { registry } = this
    registry.setDefaultLabels({ server })
    collectDefaultMetrics({ register: registry })
    const name: MetricName = 'it_serve_connection_duration_seconds'
    const { help } = metricTable[name]
    this.#durations = new Histogram({ name, help, buckets: [...durationBuckets], registers: [registry] })
    this.#faults = counter(registry, 'it_serve_faults_total')
    this.#reloads = counter(registry, 'it_serve_tls_reloads_total')
    for (const outcome of ['ok', 'failed']) this.#reloads.inc({ outcome }, 0)
    const zero = { receivedBytes: 0, sentBytes: 0, bufferedBytes: 0, handshakes: 0 }
    const none = { ...zero, heardDatagrams: 0, answeredDatagrams: 0, droppedDatagrams: 0 }
    const stats = (): Partial<Service['stats']> => this.#service?.stats ?? {}
    // Several metrics of one scrape look at the connections once.
    let traffic = none
    const look = (): number => {
      traffic = this.#service?.traffic() ?? none
      return traffic.receivedBytes
    }
    read(registry, 'it_serve_connections_accepted_total', () => stats().accepted ?? 0)
    read(registry, 'it_serve_connections_open', () => stats().open ?? 0)
    readByReason(registry, 'it_serve_connections_closed_total', () => stats().closed ?? {})
    readByReason(registry, 'it_serve_connections_refused_total', () => stats().refusals ?? {})
    read(registry, 'it_serve_received_bytes_total', look)
    read(registry, 'it_serve_sent_bytes_total', () => traffic.sentBytes)
    read(registry, 'it_serve_buffered_bytes', () => traffic.bufferedBytes)
    read(registry, 'it_serve_tls_handshakes_total', () => traffic.handshakes)
    read(registry, 'it_serve_datagrams_heard_total', () => traffic.heardDatagrams)
    read(registry, 'it_serve_datagrams_answered_total', () => traffic.answeredDatagrams)
    read(registry, 'it_serve_datagrams_dropped_total', () => traffic.droppedDatagrams)
    readByReason(registry, 'it_serve_datagrams_refused_total', () => stats().refusedDatagrams ?? {})
    read(registry, 'it_serve_log_suppressed_total', () => log.suppressed)
    read(registry, 'it_serve_log_dropped_total', () => log.output.dropped)
    if (maxConnections !== undefined) read(registry, 'it_serve_connections_limit', () => maxConnections)
  }

  /** From now on the books are those of this service. */
  attach(service: Service): void {
    this.#service = service
  }

  /** For the option `onEvent` of a service. */
  readonly onEvent = (event: ServeEvent): void => {
    if (event.type === 'close') this.#durations.observe(event.ms / 1000)
    else if (event.type === 'fault') this.#faults.inc()
    else if (event.type === 'reload') this.#reloads.inc({ outcome: event.error === undefined ? 'ok' : 'failed' })
  }

  snapshot(): Promise<Snapshot> {
    return this.registry.getMetricsAsJSON()
  }
}

function counter<Label extends string>(registry: Registry, name: MetricName): Counter<Label> {
  const { help, labels } = metricTable[name]
  return new Counter<Label>({ name, help, labelNames: labels as readonly string[] as Label[], registers: [registry] })
}

/** A metric without labels of its own, whose value is found out when it is asked for. */
export function read(registry: Registry, name: MetricName, value: () => number): void {
  readAll(registry, name, (set) => set({}, value()))
}

function readByReason(registry: Registry, name: MetricName, values: () => Readonly<Record<string, number>>): void {
  readAll(registry, name, (set) => {
    for (const [reason, count] of Object.entries(values())) set({ reason }, count)
  })
}

function readAll(
  registry: Registry,
  name: MetricName,
  collect: (set: (labels: Record<string, string>, value: number) => void) => void
): void {
  const { help, labels, type }: Metric = metricTable[name]
  const common = { name, help, labelNames: [...labels], registers: [registry] }
  if (type === 'gauge') {
    const gauge: Gauge<string> = new Gauge({ ...common, collect: () => collect((of, value) => gauge.set(of, value)) })
    return
  }
  const total: Counter<string> = new Counter({
    ...common,
    collect() {
      total.reset()
      collect((of, value) => total.inc(of, value))
    }
  })
}
