/** One worker, as the primary process sees it: what it says, what it was given, and its end. */
import cluster, { type Worker } from 'node:cluster'
import type { SharedAdmission } from '../../lib/index.ts'
import type { Snapshot } from '../admin/service-metrics.ts'
import { status as exitStatus } from '../exit-status.ts'
import type { FromPrimary, FromWorker, Report, Wanted } from './messages.ts'
import { workerLimits } from './worker-limits.ts'

/** How it ended. */
export interface WorkerExit {
  readonly status: number | null
  readonly signal: string | null
  /** It said so itself: it could not start. */
  readonly failure: { readonly message: string; readonly status: number } | undefined
  /** Connections that went with it. */
  readonly connections: number
}

export class WorkerProcess {
  /** From 1; its replacement has the same. */
  readonly number: number
  /** Since when it serves, by `performance.now()`; undefined until then. */
  servesSince: number | undefined
  /** Where it was told to listen. */
  asked: readonly string[] = []
  /** What it last told of its metrics. */
  snapshot: Snapshot = []
  /** Where it listens, or undefined where it ended before it did. */
  readonly listening: Promise<readonly string[] | undefined>
  readonly exited: Promise<WorkerExit>
  readonly #worker: Worker
  readonly #hello: Promise<void>
  readonly #questions = new Map<number, (report: Report | undefined) => void>()
  #questioned = 0

  constructor(number: number, admission: SharedAdmission) {
    this.number = number
    const worker = cluster.fork()
    const places = admission.member()
    this.#worker = worker
    let failure: WorkerExit['failure']
    let listen: (endpoints: readonly string[] | undefined) => void = () => {}
    let greet: () => void = () => {}
    this.listening = new Promise((resolve) => {
      listen = resolve
    })
    this.#hello = new Promise((resolve) => {
      greet = resolve
    })
    worker.on('message', (message: FromWorker) => {
      if (message.say === 'admit') {
        this.#send({ say: 'admitted', ask: message.ask, refused: places.admit(message.remote) })
      } else if (message.say === 'left') {
        places.left(message.remote)
      } else if (message.say === 'report') {
        this.#answered(message.question, message.report)
      } else if (message.say === 'listening') {
        this.servesSince = performance.now()
        listen(message.endpoints)
      } else if (message.say === 'failed') {
        failure = message
      } else if (message.say === 'hello') {
        greet()
      }
    })
    this.exited = new Promise((resolve) => {
      const ended = (status: number | null, signal: string | null): void => {
        const connections = places.open
        places.close()
        this.servesSince = undefined
        for (const question of this.#questions.keys()) this.#answered(question, undefined)
        listen(undefined)
        greet()
        resolve({ status, signal, failure, connections })
      }
      worker.once('exit', ended)
      worker.on('error', (error) => {
        // Its channel may break before it does. One that never was (no descriptor or no process was left) has no other end.
        if (this.pid !== undefined) return
        failure ??= { message: `no process for a worker: ${error.message}`, status: exitStatus.unavailable }
        delete cluster.workers?.[worker.id]
        ended(null, null)
      })
    })
  }

  get pid(): number | undefined {
    return this.#worker.process.pid
  }

  /** Has it listen, as soon as it can hear; where, is decided then. */
  async start(workers: number, where: () => readonly string[]): Promise<readonly string[] | undefined> {
    await this.#hello
    this.asked = where()
    this.#send({ say: 'start', number: this.number, workers, listen: this.asked })
    return this.listening
  }

  reload(): void {
    this.#send({ say: 'reload' })
  }

  /** It ends when its connections have. */
  stop(): void {
    this.#send({ say: 'stop' })
  }

  kill(): void {
    this.#worker.process.kill('SIGKILL')
  }

  /** Undefined where it does not answer in time, or is gone. */
  ask(wanted: Wanted): Promise<Report | undefined> {
    if (this.servesSince === undefined) return Promise.resolve(undefined)
    const question = ++this.#questioned
    this.#send({ say: 'tell', question, wanted })
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answered(question, undefined), workerLimits.reportMs).unref()
      this.#questions.set(question, (report) => {
        clearTimeout(timer)
        resolve(report)
      })
    })
  }

  #answered(question: number, report: Report | undefined): void {
    this.#questions.get(question)?.(report)
    this.#questions.delete(question)
  }

  #send(message: FromPrimary): void {
    if (this.#worker.isConnected()) this.#worker.send(message, () => {})
  }
}
