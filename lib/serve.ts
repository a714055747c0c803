/**
 * Runs a server: accepts, limits, contains every fault, closes every connection with one named reason, drains on stop.
 *
 * The promises: at no time are more connections open than the limit; a handler's fault ends its own connection only; an
 * answer that was written arrives, also when the handler left input unread; accepted = open + the sum of closed.
 */
import { channel } from 'node:diagnostics_channel'
import { chosenLimits } from './admission/chosen-limits.ts'
import { requireLogin } from './admission/login-required.ts'
import { maxOpenFiles } from './admission/open-files.ts'
import { systemClock } from './clock.ts'
import { AbortedError, InvalidOptionError } from './errors.ts'
import type { ServeEvent } from './events.ts'
import { limits as defaults, milliseconds } from './limits.ts'
import { defaultsOf, type OptionTable } from './options.ts'
import { knownOptions } from './options-known.ts'
import { openGuarded } from './serve-datagrams.ts'
import { type ServeOptions, serveOptionNames } from './serve-options.ts'
import type { Server, ServerContext } from './server.ts'
import type { Service } from './service.ts'
import { Sessions } from './sessions.ts'
import { batched } from './stream/batched.ts'
import type { DatagramCounts } from './traffic.ts'
import { type Acceptor, accept } from './transport/accept.ts'
import { inherited } from './transport/inherited-sockets.ts'
import { stdio } from './transport/stdio.ts'

interface Door extends Pick<Partial<Acceptor>, 'secure' | 'reload' | 'suspend' | 'resume'> {
  readonly endpoint: string
  readonly receiveBytes?: number
  /** Of a UDP socket. */
  readonly datagrams?: DatagramCounts
  close(): Promise<void>
}

/** Every event of every service is published here too. */
const events = channel('it-serve:event')

/**
 * Starts a server and resolves when it accepts.
 *
 * @throws InvalidOptionError for an option or endpoint that cannot be right
 * @throws ListenError when an endpoint is taken; nothing is left half started
 * @example
 *   await using service = await serve(zen, { listen: 'tcp://127.0.0.1:0' })
 *   console.log(service.endpoints[0])
 */
export async function serve<O>(server: Server<O>, options: ServeOptions<O> = {}): Promise<Service> {
  knownOptions('serve', options, serveOptionNames)
  options.signal?.throwIfAborted()
  const openFiles = maxOpenFiles()
  const limits = chosenLimits(options.limits ?? {}, openFiles, server.limits)
  const { clock = systemClock } = options
  const { listen = server.endpoints, gates = [], onEvent } = options
  const emit = (make: () => ServeEvent): void => {
    if (onEvent === undefined && !events.hasSubscribers) return
    const event = make()
    try {
      onEvent?.(event)
    } catch (error) {
      // Whoever listens must not harm a connection.
      process.emitWarning(error instanceof Error ? error : new Error(String(error)))
    }
    events.publish(event)
  }
  const stopping = new AbortController()
  const context: ServerContext = {
    signal: stopping.signal,
    report: options.report ?? (() => {}),
    terminal: options.terminal ?? batched([])
  }
  const values = { ...defaultsOf(server.options ?? ({} as OptionTable<O>)), ...options.options } as O
  const handle = server.open?.(values, context)
  const sessions = new Sessions({
    server: server.name,
    limits,
    countLoopback: options.limits?.maxPerSource !== undefined,
    openFiles,
    clock,
    gates: [...gates, ...(server.gates?.(values) ?? [])],
    handle,
    emit,
    desk: options.admission,
    signal: stopping.signal
  })
  const doors: Door[] = []
  let finish: () => void = () => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })

  const open = async (url: string, endpoint: ReturnType<typeof inherited>[number]): Promise<void> => {
    if (options.proxyProtocol !== undefined && (endpoint.kind === 'udp' || endpoint.kind === 'stdio')) {
      throw new InvalidOptionError('endpoint', url, 'tcp:, tls: or unix: where proxyProtocol is set')
    }
    requireLogin(server, url, { gates, tls: options.tls })
    if (endpoint.kind === 'udp') {
      if (server.openDatagrams === undefined)
        throw new InvalidOptionError('endpoint', url, `tcp:, tls: or unix:, for ${server.name} hears no datagrams`)
      const { refusedDatagrams: refused } = sessions
      const socket = await openGuarded(url, { server, rules: options.datagrams ?? {}, refused, emit })
      const { receiveBytes } = socket
      doors.push({ endpoint: socket.endpoint, receiveBytes, datagrams: socket, close: () => socket.close() })
      sessions.runDatagrams(socket, server.openDatagrams(values, context))
      return
    }
    if (server.open === undefined)
      throw new InvalidOptionError('endpoint', url, `udp:, for ${server.name} hears datagrams alone`)
    if (endpoint.kind === 'stdio') {
      doors.push({ endpoint: url, close: async () => {} })
      setImmediate(() => sessions.run(stdio(), url).then(() => stop()))
      return
    }
    // Until it is known with its port.
    let at = url
    const door = await accept(
      endpoint,
      { ...options, lingerMs: limits.lingerMs },
      {
        connection: (connection) => void sessions.run(connection, at),
        error: (error) => emit(() => ({ type: 'listen-error', server: server.name, endpoint: url, error })),
        full: (descriptor) => sessions.full(descriptor),
        refused: (remote, reason, error) => sessions.refuse(remote, reason, error),
        reloaded: (error) => reloaded(door.endpoint, error)
      }
    )
    at = door.endpoint
    doors.push(door)
  }
  const reloaded = (endpoint: string, error: unknown): void =>
    emit(() => ({ type: 'reload', server: server.name, endpoint, ...(error === undefined ? {} : { error }) }))
  const reload = async (): Promise<void> => {
    for (const door of doors) {
      if (door.reload === undefined || door.secure !== true) continue
      try {
        await door.reload()
      } catch (error) {
        reloaded(door.endpoint, error)
        throw error
      }
      reloaded(door.endpoint, undefined)
    }
  }

  const suspend = async (): Promise<void> => {
    if (!sessions.accepting) return
    sessions.suspended = true
    for (const door of doors) door.suspend?.()
    emit(() => ({ type: 'suspend', server: server.name, open: sessions.stats.open }))
  }
  const resume = async (): Promise<void> => {
    if (stopping.signal.aborted) throw new AbortedError('a service that was stopped cannot go on')
    if (!sessions.suspended) return
    try {
      for (const door of doors) await door.resume?.()
    } catch (error) {
      for (const door of doors) door.suspend?.()
      throw error
    }
    sessions.suspended = false
    emit(() => ({ type: 'resume', server: server.name, open: sessions.stats.open }))
  }
  let turn: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work)
    turn = done.catch(() => {})
    return done
  }

  let stopped: Promise<void> | undefined
  const stop = ({ graceMs = limits.drainMs }: { graceMs?: number } = {}): Promise<void> => {
    milliseconds('graceMs', graceMs, 0)
    stopped ??= (async () => {
      options.signal?.removeEventListener('abort', onAbort)
      emit(() => ({ type: 'drain', server: server.name, open: sessions.stats.open, graceMs }))
      stopping.abort()
      await turn
      await Promise.all(doors.map((door) => door.close()))
      await sessions.drain(graceMs)
      emit(() => ({ type: 'stop', server: server.name }))
      finish()
    })()
    return stopped
  }
  const onAbort = (): void => void stop()

  try {
    for (const url of typeof listen === 'string' ? [listen] : listen) {
      for (const endpoint of inherited(url)) await open(url, endpoint)
    }
    options.signal?.throwIfAborted()
  } catch (error) {
    stopping.abort(error)
    await Promise.all(doors.map((door) => door.close()))
    sessions.abort(new AbortedError('the service could not be started', { cause: error }))
    throw error
  }
  for (const { endpoint, receiveBytes } of doors) {
    emit(() => ({ type: 'listening', server: server.name, endpoint }))
    if (receiveBytes === undefined) continue
    const buffer = { askedBytes: defaults.datagramReceiveBytes, gotBytes: receiveBytes }
    emit(() => ({ type: 'receive-buffer', server: server.name, endpoint, ...buffer }))
  }
  options.signal?.addEventListener('abort', onAbort, { once: true })
  return {
    endpoints: doors.map((door) => door.endpoint),
    stats: sessions.stats,
    connections: () => sessions.infos(),
    traffic: () => sessions.traffic(doors),
    finished,
    accept(connection) {
      if (handle === undefined) {
        connection.abort('the server takes datagrams only')
        throw new InvalidOptionError('server', server.name, 'one that takes connections')
      }
      void sessions.run(connection)
    },
    get accepting() {
      return sessions.accepting
    },
    suspend: () => inTurn(suspend),
    resume: () => inTurn(resume),
    reload,
    stop,
    [Symbol.asyncDispose]: () => stop()
  }
}
