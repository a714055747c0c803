/** `it-serve serve NAME`: runs one server until SIGTERM, SIGINT or the end of its stdio connection. */
import cluster from 'node:cluster'
import { Command, Option } from 'commander'
import {
  type DatagramRules,
  formatEndpoint,
  InvalidOptionError,
  isEndpoint,
  limits,
  parseEndpoint,
  type Server
} from '../lib/index.ts'
import { type AdminFlags, addAdminFlags, adminOf } from './admin/admin-flags.ts'
import { addConfigFlags, printConfig } from './configuration/config-flags.ts'
import { addLimitFlags, readLimitFlags } from './limit-flags.ts'
import type { EventLog } from './log/event-log.ts'
import { addLogFlags, type LogFlags, logOf } from './log/log-flags.ts'
import { addFlags, readFlags, wholeNumberFlag } from './option-flags.ts'
import { runAlone } from './run-alone.ts'
import { serverTls, type TlsFlags, withFlagNames } from './tls-flags.ts'
import { runWorkers } from './workers/run-workers.ts'
import { runWorker } from './workers/worker.ts'
import { addWorkerFlags, type WorkerFlags, workersOf } from './workers/worker-flags.ts'

interface Given extends Record<string, unknown>, TlsFlags, LogFlags, AdminFlags, WorkerFlags {
  listen: string[]
  host?: string
  port?: string
  readBuffers: boolean
  udpRate?: string
  udpBurst?: string
  udpTotalRate?: string
  udpLeastPort?: string
  maxReply?: string
}

// biome-ignore lint/suspicious/noExplicitAny: each server has options of its own type, told by its own table
export function serveCommand(server: Server<any>): Command {
  const command = new Command(server.name)
    .description(`${server.summary} (${server.endpoints.join(', ')})`)
    .addOption(listenFlag(server))
    .option('--host <HOST>', 'listen at this host instead of the default one')
    .option('--port <PORT>', 'listen at this port instead of the default one; 0 takes any free port')
  addFlags(command, server.options ?? {})
  addWorkerFlags(addAdminFlags(addLogFlags(addConfigFlags(command).optionsGroup('Running:'))))
    .option('--no-read-buffers', 'read through plain data events of Node')
    .optionsGroup('TLS:')
    .option('--tls-cert <FILE>', 'certificate for tls:// endpoints; without --listen the default endpoint becomes one')
    .option('--tls-key <FILE>', 'its private key')
    .option('--tls-ca <FILE>', 'certificates between ours and its root')
    .option('--tls-client-ca <FILE>', 'let in only clients with a certificate of these authorities')
  if (server.openDatagrams !== undefined) addDatagramFlags(command, server.datagrams)
  addLimitFlags(command, server.limits)
  return command.action((given: Given) => run(server, given, command))
}

function listenFlag({ endpoints }: Pick<Server, 'endpoints'>): Option {
  const forms = 'tcp://host:port, tls://host:port, udp://host:port, unix:/path, stdio:'
  return new Option('--listen <ENDPOINT>', `where to listen, may repeat: ${forms}`)
    .default([], JSON.stringify(endpoints))
    .argParser(append)
    .conflicts(['host', 'port'])
}

// biome-ignore lint/suspicious/noExplicitAny: as above
async function run(server: Server<any>, given: Given, command: Command): Promise<void> {
  const listen = endpoints(server, given)
  if (listen.filter((one) => one === 'stdio:').length > 1) {
    throw new InvalidOptionError('--listen', 'stdio:', 'standard input and output once')
  }
  const tls = serverTls(given, listen)
  const options = {
    listen,
    tls,
    options: readFlags(server.options ?? {}, given),
    limits: readLimitFlags(given),
    readBuffers: given.readBuffers,
    datagrams: datagramRules(given)
  }
  const workers = workersOf(given, server, listen)
  const admin = adminOf(given)
  if (printConfig(command)) return
  const lines = listen.includes('stdio:') ? process.stderr : process.stdout
  const report = (line: string): void => void lines.write(`${line}\n`)
  if (workers > 1 && cluster.isWorker) {
    const log = (worker: number): EventLog => logOf(given, { worker })
    await runWorker({
      server,
      options: { ...options, report },
      log,
      watched: admin !== undefined,
      named: withFlagNames
    })
    return
  }
  const log = logOf(given)
  if (workers > 1) await runWorkers({ server, options, workers, listen, admin, report }, log)
  else await runAlone({ server, options, admin, report }, log)
  // What nobody reads must not keep the process.
  if (!(await log.end())) process.exit()
}

function addDatagramFlags(command: Command, { replyBytes }: { replyBytes?: number | undefined } = {}): void {
  const { datagramsPerSecond, datagramBurst, datagramsTotalPerSecond, leastSourcePort } = limits
  const add = (flags: string, summary: string, byDefault: string): void =>
    void command.addOption(new Option(flags, `${summary} (default: ${byDefault})`).default(undefined, byDefault))
  command.optionsGroup('Datagrams:')
  add(
    '--udp-rate <N>',
    'datagrams of one sender heard in a second',
    `${datagramsPerSecond}, none on loopback unless set`
  )
  add('--udp-burst <N>', 'and at once', `${datagramBurst}`)
  add('--udp-total-rate <N>', 'datagrams of all senders heard in a second', `${datagramsTotalPerSecond}`)
  add('--udp-least-port <PORT>', 'lower source ports are not answered; 0 answers all', `${leastSourcePort}`)
  add('--max-reply <BYTES>', 'a reply may be so long, also to a shorter request', `${replyBytes ?? 'as its request'}`)
}

function datagramRules(given: Given): DatagramRules {
  const rules = {
    ratePerSecond: optional('--udp-rate', given.udpRate, 1, 1_000_000),
    burst: optional('--udp-burst', given.udpBurst, 1, 1_000_000),
    totalPerSecond: optional('--udp-total-rate', given.udpTotalRate, 1, 10_000_000),
    leastSourcePort: optional('--udp-least-port', given.udpLeastPort, 0, 65_535),
    replyBytes: optional('--max-reply', given.maxReply, 0, 65_507)
  }
  return Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined))
}

function optional(flag: string, text: string | undefined, least: number, most: number): number | undefined {
  return text === undefined ? undefined : wholeNumberFlag(flag, text, least, most)
}

function endpoints(server: Pick<Server, 'endpoints'>, { listen, host, port, tlsCert }: Given): string[] {
  const own = server.endpoints.map((one) => (tlsCert === undefined ? one : one.replace(/^tcp:/, 'tls:')))
  if (host === undefined && port === undefined) return listen.length > 0 ? listen : own
  if (listen.length > 0) throw new InvalidOptionError('--listen', listen[0], 'either --listen or --host and --port')
  const [first] = own
  const byDefault = parseEndpoint(first as string)
  if (byDefault.kind === 'unix' || byDefault.kind === 'stdio') {
    throw new InvalidOptionError('--host', host, `--listen, for the default endpoint is ${first}`)
  }
  const at = { host: byDefault.host, port: byDefault.port, ...(host === undefined ? {} : { host }) }
  if (port !== undefined) at.port = wholeNumberFlag('--port', port, 0, 65_535)
  return [formatEndpoint(byDefault.kind, at)]
}

function append(value: string, all: string[]): string[] {
  if (!isEndpoint(value))
    throw new InvalidOptionError(
      '--listen',
      value,
      'tcp://host:port, tls://host:port, udp://host:port, unix:/path or stdio:'
    )
  return [...all, value]
}
