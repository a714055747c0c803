/** `it-serve serve NAME`: runs one server until SIGTERM, SIGINT or the end of its stdio connection. */
import cluster from 'node:cluster'
import { Command, Option } from 'commander'
import {
  defaultsOf,
  endpointForms,
  formatEndpoint,
  InvalidOptionError,
  isEndpoint,
  parseEndpoint,
  type Server
} from '../lib/index.ts'
import { type AdminFlags, addAdminFlags, adminOf } from './admin/admin-flags.ts'
import { type AuthFlags, addAuthFlags, authGates } from './auth-flags.ts'
import { addConfigFlags, printConfig } from './configuration/config-flags.ts'
import { addDatagramFlags, type DatagramFlags, datagramRules } from './datagram-flags.ts'
import { status } from './exit-status.ts'
import { addLimitFlags, readLimitFlags } from './limit-flags.ts'
import { EventLog } from './log/event-log.ts'
import { addLogFlags, type LogFlags, logOptions } from './log/log-flags.ts'
import { addFlags, readFlags, wholeNumberFlag } from './option-flags.ts'
import { addPlaceFlags, type PlaceFlags, readPlaceFlags } from './place-flags.ts'
import { runAlone } from './run-alone.ts'
import { serverTls, type TlsFlags, withFlagNames } from './tls-flags.ts'
import { runWorkers } from './workers/run-workers.ts'
import { runWorker } from './workers/worker.ts'
import { addWorkerFlags, type WorkerFlags, workersOf } from './workers/worker-flags.ts'

interface Given
  extends Record<string, unknown>,
    AuthFlags,
    TlsFlags,
    PlaceFlags,
    LogFlags,
    AdminFlags,
    WorkerFlags,
    DatagramFlags {
  listen: string[]
  host?: string
  port?: string
  readBuffers: boolean
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
    .option('--tls-client-crl <FILE>', 'and none whose certificate they have revoked, in these lists')
  addAuthFlags(command.optionsGroup('Login:'))
  if (server.openDatagrams !== undefined) addDatagramFlags(command, server.datagrams)
  addPlaceFlags(command.optionsGroup('Sockets and proxies:'))
  addLimitFlags(command, server.limits)
  return command.action((given: Given) => run(server, given, command))
}

function listenFlag({ endpoints }: Pick<Server, 'endpoints'>): Option {
  return new Option(
    '--listen <ENDPOINT>',
    `where to listen, may repeat: ${endpointForms} (with TLS: tls+fd:, tls+systemd:)`
  )
    .default([], JSON.stringify(endpoints))
    .argParser(append)
    .conflicts(['host', 'port'])
}

// biome-ignore lint/suspicious/noExplicitAny: as above
async function run(server: Server<any>, given: Given, command: Command): Promise<void> {
  const values = readFlags(server.options ?? {}, given)
  const told = server.explain?.({ ...defaultsOf(server.options ?? {}), ...values })
  if (told !== undefined) {
    for (const line of told.lines) process.stdout.write(`${line}\n`)
    if (!told.ok) process.exitCode = status.failed
    return
  }
  const listen = endpoints(server, given)
  if (listen.filter((one) => one === 'stdio:').length > 1) {
    throw new InvalidOptionError('--listen', 'stdio:', 'standard input and output once')
  }
  const tls = serverTls(given, listen)
  const options = {
    listen,
    tls,
    gates: authGates(given, listen),
    options: values,
    limits: readLimitFlags(given),
    readBuffers: given.readBuffers,
    ...readPlaceFlags(given),
    datagrams: datagramRules(given)
  }
  const workers = workersOf(given, server, listen)
  const admin = adminOf(given)
  const logging = logOptions(given)
  if (printConfig(command)) return
  const lines = listen.includes('stdio:') ? process.stderr : process.stdout
  const report = (line: string): void => void lines.write(`${line}\n`)
  if (workers > 1 && cluster.isWorker) {
    const log = (worker: number): EventLog => new EventLog({ ...logging, worker })
    await runWorker({
      server,
      options: { ...options, report },
      log,
      watched: admin !== undefined,
      named: withFlagNames
    })
    return
  }
  const log = new EventLog(logging)
  if (workers > 1) await runWorkers({ server, options, workers, listen, admin, report }, log)
  else await runAlone({ server, options, admin, report }, log)
  // What nobody reads must not keep the process.
  if (!(await log.end())) process.exit()
}

function endpoints(server: Pick<Server, 'endpoints'>, { listen, host, port, tlsCert }: Given): string[] {
  const own = server.endpoints.map((one) => (tlsCert === undefined ? one : one.replace(/^tcp:/, 'tls:')))
  if (host === undefined && port === undefined) return listen.length > 0 ? listen : own
  if (listen.length > 0) throw new InvalidOptionError('--listen', listen[0], 'either --listen or --host and --port')
  const [first] = own
  const byDefault = parseEndpoint(first as string)
  if (!('host' in byDefault)) {
    throw new InvalidOptionError('--host', host, `--listen, for the default endpoint is ${first}`)
  }
  const at = { host: byDefault.host, port: byDefault.port, ...(host === undefined ? {} : { host }) }
  if (port !== undefined) at.port = wholeNumberFlag('--port', port, 0, 65_535)
  return [formatEndpoint(byDefault.kind, at)]
}

function append(value: string, all: string[]): string[] {
  if (!isEndpoint(value)) throw new InvalidOptionError('--listen', value, endpointForms)
  return [...all, value]
}
