/** The server under attack, alone in its process: serves a subject, and tells of itself over IPC. */
import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { type Connection, type Server, serve } from '../../../lib/index.ts'
import { answerParent, argumentOfParent } from './remote.ts'
import type { Subject } from './subject.ts'
import { bystanderHost, type Inspection, type Peaks, type VictimStart } from './victim.ts'
import { VictimBooks } from './victim-books.ts'

/** What a connection of this toolkit knows beside being one. */
interface Counted {
  readonly taken?: number
  readonly given?: number
  readonly buffered?: number
}

const escaped: string[] = []
for (const name of ['uncaughtException', 'unhandledRejection', 'warning']) {
  process.on(name, (error: unknown) => {
    if (/Experimental|DEP0/.test(String(error))) return
    if (escaped.length < 10) escaped.push(`${name}: ${error instanceof Error ? error.stack : String(error)}`)
  })
}

const { subject: file, options } = argumentOfParent<VictimStart>()
const { subject } = (await import(file)) as { subject: Subject }
const books = new VictimBooks()
const bystanders: (Connection & Counted)[] = []
const open = new Set<Connection & Counted>()
const service = await serve(counted(subject.server), {
  listen: 'tcp://127.0.0.1:0',
  ...options,
  ...(subject.gates === undefined ? {} : { gates: subject.gates }),
  onEvent: books.onEvent
}).catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
books.stats = service.stats

const loop = monitorEventLoopDelay({ resolution: 10 })
let cpu = process.cpuUsage()
let peaks: Peaks = { rss: 0, heapAndExternal: 0, kept: 0, keptByOne: 0 }
let mostTaken = 0
let watching: NodeJS.Timeout | undefined

/** Keeps hold of connections whose bytes or memory are to be known. */
function counted(server: Server<object>): Server<object> {
  const { open: openServer } = server
  if (openServer === undefined) return server
  return {
    ...server,
    open(values, context) {
      const handle = openServer.call(server, values, context)
      return async (peer) => {
        if (peer.remote.host === bystanderHost) bystanders.push(peer)
        open.add(peer)
        try {
          return await handle(peer)
        } finally {
          open.delete(peer)
          mostTaken = Math.max(mostTaken, (peer as Counted).taken ?? 0)
        }
      }
    }
  }
}

function collect(): void {
  loop.disable()
  globalThis.gc?.()
  globalThis.gc?.()
  loop.enable()
}

function look(): void {
  const { rss, heapUsed, external } = process.memoryUsage()
  let kept = 0
  let keptByOne = 0
  for (const { buffered = 0 } of open) {
    kept += buffered
    keptByOne = Math.max(keptByOne, buffered)
  }
  peaks = {
    rss: Math.max(peaks.rss, rss),
    heapAndExternal: Math.max(peaks.heapAndExternal, heapUsed + external),
    kept: Math.max(peaks.kept, kept),
    keptByOne: Math.max(peaks.keptByOne, keptByOne)
  }
}

function inspect(): Inspection {
  collect()
  const { rss, heapUsed, external } = process.memoryUsage()
  const { user, system } = process.cpuUsage(cpu)
  return {
    rss,
    heapUsed,
    heapAndExternal: heapUsed + external,
    files: readdirSync('/proc/self/fd').length,
    resources: process.getActiveResourcesInfo(),
    escaped,
    stats: service.stats,
    books: books.report(),
    loop: { p99Ms: loop.percentile(99) / 1e6, mostMs: loop.max / 1e6 },
    cpuMs: (user + system) / 1000,
    bystander: {
      connections: bystanders.length,
      taken: bystanders.reduce((sum, { taken = 0 }) => sum + taken, 0),
      given: bystanders.reduce((sum, { given = 0 }) => sum + given, 0)
    },
    peaks,
    mostTaken
  }
}

answerParent({
  ...subject.commands,
  endpoints: () => service.endpoints,
  /** The attack begins: what was before is not counted. */
  begin() {
    const before = inspect()
    bystanders.length = 0
    books.newTimes()
    mostTaken = 0
    cpu = process.cpuUsage()
    loop.reset()
    return before
  },
  inspect,
  stats: () => ({ ...service.stats, books: books.report() }),
  watchMemory() {
    peaks = { rss: 0, heapAndExternal: 0, kept: 0, keptByOne: 0 }
    watching ??= setInterval(look, 25).unref()
  },
  newCpu() {
    cpu = process.cpuUsage()
  },
  cpuMs() {
    const { user, system } = process.cpuUsage(cpu)
    return (user + system) / 1000
  },
  stall(ms: number) {
    const until = performance.now() + ms
    while (performance.now() < until);
    // A stall that was asked for is not the server's.
    setImmediate(() => setImmediate(() => loop.reset()))
  },
  reload: () => service.reload(),
  suspend: () => service.suspend(),
  resume: () => service.resume(),
  async stop(graceMs: number) {
    const from = performance.now()
    await service.stop({ graceMs })
    clearInterval(watching)
    return performance.now() - from
  }
})
process.once('disconnect', () => {
  void service.stop({ graceMs: 0 })
  // What keeps it alive now was left behind; it does not outlive the run for that.
  setTimeout(() => {
    console.error(`left behind: ${process.getActiveResourcesInfo().join(', ')}`)
    process.exit(3)
  }, 3_000).unref()
})
