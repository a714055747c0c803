/**
 * Several processes that run one server behind the same endpoints: started together, replaced when one dies, stopped
 * together. Connections are dealt in turn (round robin of node:cluster); those of other workers do not notice when one dies.
 *
 * A UDP socket is heard by the first worker alone, so that the rates of senders hold and datagrams keep their order.
 */
import { type ServeLimits, SharedAdmission } from '../../lib/index.ts'
import { ProcessError } from '../exit-status.ts'
import type { EventLog } from '../log/event-log.ts'
import { workerLimits } from './worker-limits.ts'
import { type WorkerExit, WorkerProcess } from './worker-process.ts'

export interface WorkerPoolOptions {
  readonly server: string
  readonly workers: number
  readonly listen: readonly string[]
  readonly limits: Partial<ServeLimits>
  readonly log: EventLog
}

export class WorkerPool {
  readonly admission: SharedAdmission
  /** With the real ports, in the order in which they were asked for. */
  endpoints: readonly string[] = []
  /** Workers that died and had to be replaced. */
  restarts = 0
  state: 'starting' | 'accepting' | 'draining' | 'stopped' = 'starting'
  /** Told of each worker that died by itself, before it is replaced. */
  onLost: (worker: WorkerProcess) => void = () => {}
  readonly #options: WorkerPoolOptions
  readonly #workers = new Map<number, WorkerProcess>()
  readonly #waits = new Map<number, NodeJS.Timeout>()
  readonly #failures = new Map<number, number>()

  /** @throws InvalidOptionError for a limit that cannot be right */
  constructor(options: WorkerPoolOptions) {
    this.#options = options
    this.admission = new SharedAdmission(options.limits)
  }

  /** Those that serve now, by their numbers. */
  get serving(): WorkerProcess[] {
    const all = [...this.#workers.values()].filter(({ servesSince }) => servesSince !== undefined)
    return all.sort((one, other) => one.number - other.number)
  }

  /** Resolves when all of them listen. @throws ProcessError when one cannot; then none is left */
  async start(): Promise<void> {
    const { workers, listen } = this.#options
    const all = Array.from({ length: workers }, (_, index) => this.#fork(index + 1))
    const [first, ...others] = all as [WorkerProcess, ...WorkerProcess[]]
    const endpoints = await first.start(workers, listen)
    if (endpoints !== undefined) this.endpoints = endpoints
    const listening = await Promise.all(others.map((worker) => worker.start(workers, streamsOf(listen))))
    if (endpoints !== undefined && listening.every((one) => one !== undefined)) {
      if (this.state === 'starting') this.state = 'accepting'
      for (const worker of all) this.#watch(worker)
      return
    }
    if (this.state !== 'starting') return
    for (const worker of all) worker.kill()
    const ends = await Promise.all(all.map(({ exited }) => exited))
    const failure = ends.find((end) => end.failure !== undefined)?.failure
    throw new ProcessError(failure?.message ?? 'a worker process died while it started', failure?.status ?? 1)
  }

  /** Certificates are read again, by all. */
  reload(): void {
    for (const worker of this.#workers.values()) worker.reload()
  }

  /** Resolves when all are gone; who is not after `graceMs` and a little more is killed. */
  async stop(graceMs: number): Promise<void> {
    this.state = 'draining'
    for (const timer of this.#waits.values()) clearTimeout(timer)
    const all = [...this.#workers.values()]
    for (const worker of all) worker.stop()
    const timer = setTimeout(() => this.kill(), graceMs + workerLimits.stopMs)
    await Promise.all(all.map(({ exited }) => exited))
    clearTimeout(timer)
    this.state = 'stopped'
  }

  /** At once. */
  kill(): void {
    for (const worker of this.#workers.values()) worker.kill()
  }

  #fork(number: number): WorkerProcess {
    const worker = new WorkerProcess(number, this.admission)
    this.#workers.set(number, worker)
    void worker.exited.then(() => {
      if (this.#workers.get(number) === worker) this.#workers.delete(number)
    })
    return worker
  }

  /** Whatever ends it, another takes its place, unless all are to end. */
  #watch(worker: WorkerProcess): void {
    const since = performance.now()
    void worker.listening.then((endpoints) => {
      const { number, pid } = worker
      const { server, log } = this.#options
      if (endpoints !== undefined) log.say('info', { event: 'worker-start', server, worker: number, pid })
    })
    void worker.exited.then((exit) => {
      if (this.state !== 'accepting') return
      const { number } = worker
      this.restarts++
      this.onLost(worker)
      const well = performance.now() - since >= workerLimits.wellMs
      const failures = well ? 0 : (this.#failures.get(number) ?? 0)
      this.#failures.set(number, failures + 1)
      const ms = Math.min(workerLimits.restartMostMs, workerLimits.restartMs * 2 ** failures)
      this.#tell(worker, exit, ms)
      this.#waits.set(
        number,
        setTimeout(() => this.#replace(number), ms)
      )
    })
  }

  #replace(number: number): void {
    this.#waits.delete(number)
    const { workers, listen } = this.#options
    // The sockets are shared under the names by which they were asked for; when nobody has them any more, the ports
    // that were told must come back. UDP sockets are the first worker's own.
    const streams = this.serving.length > 0 ? streamsOf(listen) : streamsOf(this.endpoints)
    const datagrams = number === 1 ? this.endpoints.filter(isDatagrams) : []
    const worker = this.#fork(number)
    this.#watch(worker)
    void worker.start(workers, [...streams, ...datagrams])
  }

  #tell({ number, pid }: WorkerProcess, { status, signal, failure, connections }: WorkerExit, ms: number): void {
    const { server, log } = this.#options
    const entry = { event: 'worker-exit', server, worker: number, pid, status, signal, connections, restartMs: ms }
    log.say('error', failure === undefined ? entry : { ...entry, error: { message: failure.message } })
  }
}

function isDatagrams(endpoint: string): boolean {
  return endpoint.startsWith('udp:')
}

function streamsOf(endpoints: readonly string[]): string[] {
  return endpoints.filter((endpoint) => !isDatagrams(endpoint))
}
