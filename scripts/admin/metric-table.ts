/** Every metric of ours, by the conventions of Prometheus: base units, `_total` for what only grows. */

export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  readonly help: string
}

/** Each has the label `server` beside its own. */
export const metricTable = {
  it_serve_connections_accepted_total: { type: 'counter', labels: [], help: 'connections that were taken' },
  it_serve_connections_open: { type: 'gauge', labels: [], help: 'connections that are open' },
  it_serve_connections_limit: { type: 'gauge', labels: [], help: 'connections that may be open, of all workers' },
  it_serve_connections_closed_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'connections that are over, by reason'
  },
  it_serve_connections_refused_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'connections that were not taken, by reason'
  },
  it_serve_connection_duration_seconds: { type: 'histogram', labels: [], help: 'from accept to close' },
  it_serve_received_bytes_total: { type: 'counter', labels: [], help: 'bytes read from connections' },
  it_serve_sent_bytes_total: { type: 'counter', labels: [], help: 'bytes that peers, or the kernel for them, took' },
  it_serve_buffered_bytes: { type: 'gauge', labels: [], help: 'bytes kept in memory for open connections' },
  it_serve_faults_total: { type: 'counter', labels: [], help: 'handlers that ended with an error' },
  it_serve_tls_handshakes_total: { type: 'counter', labels: [], help: 'TLS handshakes that came to a connection' },
  it_serve_tls_reloads_total: {
    type: 'counter',
    labels: ['outcome'],
    help: 'certificates read again: in use (ok), or the old ones still are (failed)'
  },
  it_serve_datagrams_heard_total: { type: 'counter', labels: [], help: 'datagrams that were taken' },
  it_serve_datagrams_answered_total: { type: 'counter', labels: [], help: 'datagrams that were sent' },
  it_serve_datagrams_dropped_total: { type: 'counter', labels: [], help: 'datagrams for which there was no room' },
  it_serve_datagrams_refused_total: {
    type: 'counter',
    labels: ['reason'],
    help: 'datagrams not heard, and replies not sent, by reason'
  },
  it_serve_log_suppressed_total: { type: 'counter', labels: [], help: 'log lines left out: too many of their kind' },
  it_serve_log_dropped_total: { type: 'counter', labels: [], help: 'log lines that nobody read' },
  it_serve_accepting: { type: 'gauge', labels: [], help: '1 while new connections are taken, else 0' },
  it_serve_workers: { type: 'gauge', labels: [], help: 'worker processes that serve now (1 where there are none)' },
  it_serve_worker_restarts_total: { type: 'counter', labels: [], help: 'worker processes that had to be replaced' }
} as const satisfies Record<string, Metric>

export type MetricName = keyof typeof metricTable

/** From a request that is answered at once to a session of a day, in seconds. */
export const durationBuckets = [0.001, 0.01, 0.1, 1, 10, 60, 600, 3600, 86_400] as const
