/** `it-serve serve NAME`: runs one server until SIGTERM, SIGINT or the end of its stdio connection. */
import { Command } from 'commander'
import {
  type DatagramRules,
  endpointForms,
  formatEndpoint,
  InvalidOptionError,
  isEndpoint,
  limits,
  parseEndpoint,
  type Server,
  serve
} from '../lib/index.ts'
import { addLimitFlags, readLimitFlags } from './limit-flags.ts'
import { eventLog } from './log.ts'
import { addFlags, readFlags, wholeNumberFlag } from './option-flags.ts'
import { addPlaceFlags, type PlaceFlags, readPlaceFlags } from './place-flags.ts'
import { serverTls, type TlsFlags, withFlagNames } from './tls-flags.ts'

interface Given extends Record<string, unknown>, TlsFlags, PlaceFlags {
  listen: string[]
  host?: string
  port?: string
  quiet: boolean
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
    .option(
      '--listen <ENDPOINT>',
      `where to listen, may repeat: ${endpointForms} (with TLS: tls+fd:, tls+systemd:)`,
      append,
      []
    )
    .option('--host <HOST>', 'listen at this host instead of the default one')
    .option('--port <PORT>', 'listen at this port instead of the default one; 0 takes any free port')
    .option('--no-read-buffers', 'read through plain data events of Node')
    .option('--tls-cert <FILE>', 'certificate for tls:// endpoints; without --listen the default endpoint becomes one')
    .option('--tls-key <FILE>', 'its private key')
    .option('--tls-ca <FILE>', 'certificates between ours and its root')
    .option('--tls-client-ca <FILE>', 'let in only clients with a certificate of these authorities')
    .option('--quiet', 'no log on standard error', false)
  if (server.openDatagrams !== undefined) addDatagramFlags(command)
  addFlags(command, server.options ?? {})
  addPlaceFlags(command)
  addLimitFlags(command)
  return command.action((given: Given) => run(server, given))
}

// biome-ignore lint/suspicious/noExplicitAny: as above
async function run(server: Server<any>, given: Given): Promise<void> {
  const listen = endpoints(server, given)
  if (listen.filter((one) => one === 'stdio:').length > 1) {
    throw new InvalidOptionError('--listen', 'stdio:', 'standard input and output once')
  }
  const log = eventLog(given)
  const lines = listen.includes('stdio:') ? process.stderr : process.stdout
  const report = (line: string): void => void lines.write(`${line}\n`)
  const tls = serverTls(given, listen)
  const service = await withFlagNames(
    serve(server, {
      listen,
      tls,
      options: readFlags(server.options ?? {}, given),
      limits: readLimitFlags(given),
      readBuffers: given.readBuffers,
      ...readPlaceFlags(given),
      datagrams: datagramRules(given),
      onEvent: log,
      report
    })
  )
  for (const endpoint of service.endpoints) report(`${server.name} listening at ${endpoint}`)
  let asked = false
  const stop = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(signal === 'SIGINT' ? 130 : 143)
    asked = true
    void service.stop()
  }
  // What is wrong with the files stands in the log; the old certificates go on.
  const reload = (): void => void service.reload().catch(() => {})
  if (tls !== undefined) process.on('SIGHUP', reload)
  process.on('SIGTERM', stop).on('SIGINT', stop)
  await service.finished
  process.off('SIGHUP', reload).off('SIGTERM', stop).off('SIGINT', stop)
}

function addDatagramFlags(command: Command): void {
  const { datagramsPerSecond, datagramBurst, datagramsTotalPerSecond, leastSourcePort } = limits
  command
    .option(
      '--udp-rate <N>',
      `datagrams of one sender heard in a second (${datagramsPerSecond}; none on loopback unless set)`
    )
    .option('--udp-burst <N>', `and at once (${datagramBurst})`)
    .option('--udp-total-rate <N>', `datagrams of all senders heard in a second (${datagramsTotalPerSecond})`)
    .option('--udp-least-port <PORT>', `lower source ports are not answered (${leastSourcePort}); 0 answers all`)
    .option('--max-reply <BYTES>', 'a reply may be so long, also to a shorter request')
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
