/**
 * One of several processes that run the same server. It listens at endpoints that all share, and asks the primary process
 * for a place for each connection. A signal to stop ends it as it would end a server that is alone.
 */
import { type AdmissionDesk, type RefuseReason, type ServeOptions, type Server, serve } from '../../lib/index.ts'
import { ServiceMetrics } from '../admin/service-metrics.ts'
import { ServiceState } from '../admin/watched-service.ts'
import { lineOf, statusOf } from '../exit-status.ts'
import type { EventLog } from '../log/event-log.ts'
import type { FromPrimary, FromWorker, Report, Wanted } from './messages.ts'
import { shareOfLimits } from './share-of-limits.ts'

export interface WorkerRun<O> {
  readonly server: Server<O>
  /** As for one process alone. */
  readonly options: ServeOptions<O>
  readonly log: (worker: number) => EventLog
  /** Whether somebody may ask for metrics. */
  readonly watched: boolean
  /** Starts the service, and says what is wrong in the words of the command line. */
  readonly named: <T>(work: Promise<T>) => Promise<T>
}

/** Runs until the primary process or a signal stops it. The process ends with it. */
export async function runWorker<O>({ server, options, log: logOf, watched, named }: WorkerRun<O>): Promise<void> {
  const desk = new RemoteDesk()
  const heard: { stop: boolean; reload?: () => void; tell?: (wanted: Wanted) => Promise<Report> } = { stop: false }
  let stop = (): void => process.exit(0)
  const stopOnce = (): void => {
    if (!heard.stop) stop()
    heard.stop = true
  }
  process.on('SIGTERM', stopOnce).on('SIGINT', stopOnce)
  // The primary process says so to all.
  if (options.tls !== undefined) process.on('SIGHUP', () => {})
  const start = await new Promise<Extract<FromPrimary, { say: 'start' }>>((resolve) => {
    process.on('message', (message: FromPrimary) => {
      if (message.say === 'start') resolve(message)
      else if (message.say === 'admitted') desk.admitted(message.ask, message.refused)
      else if (message.say === 'stop') stopOnce()
      else if (message.say === 'reload') heard.reload?.()
      else if (message.say === 'tell') {
        const { question } = message
        void heard.tell?.(message.wanted).then((report) => send({ say: 'report', question, report }))
      }
    })
    send({ say: 'hello' })
  })
  const log = logOf(start.number)
  const metrics = watched ? new ServiceMetrics(server.name, { log, maxConnections: undefined }) : undefined
  const state = new ServiceState()
  const onEvent: ServeOptions<O>['onEvent'] = (event) => {
    metrics?.onEvent(event)
    state.onEvent(event)
    log.onEvent(event)
  }
  const limits = shareOfLimits(options.limits ?? {}, start.workers)
  try {
    const service = await named(serve(server, { ...options, listen: start.listen, limits, admission: desk, onEvent }))
    state.started(service)
    metrics?.attach(service)
    heard.reload = () => void service.reload().catch(() => {})
    heard.tell = async (wanted) =>
      'metrics' in wanted
        ? { state: state.word, metrics: (await metrics?.snapshot()) ?? [] }
        : { state: state.word, ...state.connections(wanted.offset, wanted.limit) }
    stop = () => void service.stop()
    if (heard.stop) stop()
    else send({ say: 'listening', endpoints: service.endpoints })
    await service.finished
    await log.end()
    process.exit(0)
  } catch (error) {
    process.send?.({ say: 'failed', message: lineOf(error), status: statusOf(error) } satisfies FromWorker, () =>
      process.exit(statusOf(error))
    )
  }
}

function send(message: FromWorker): void {
  // A primary process that is gone takes its workers with it, see node:cluster.
  if (process.connected) process.send?.(message, () => {})
}

/** The count of places that the primary process keeps for all. */
class RemoteDesk implements AdmissionDesk {
  readonly #asked = new Map<number, (refused: RefuseReason | undefined) => void>()
  #asks = 0

  admit(remote: Parameters<AdmissionDesk['admit']>[0]): Promise<RefuseReason | undefined> {
    const ask = ++this.#asks
    send({ say: 'admit', ask, remote })
    return new Promise((resolve) => this.#asked.set(ask, resolve))
  }

  admitted(ask: number, refused: RefuseReason | undefined): void {
    this.#asked.get(ask)?.(refused)
    this.#asked.delete(ask)
  }

  left(remote: Parameters<AdmissionDesk['left']>[0]): void {
    send({ say: 'left', remote })
  }
}
