/**
 * A bad network between any two programs: it listens, connects each client on to the target, and does to the bytes of
 * each direction what was asked for.
 *
 * It is a server as any other, so it keeps the promises of `serve`: limits, events, every connection closed. What no
 * fault says goes through: half-close, a reset (which cuts both sides at once), backpressure. A fault of the seed
 * depends on the number of the connection, its direction and nothing else.
 */
import { systemClock } from '../clock.ts'
import { limits } from '../limits.ts'
import { proxy } from '../proxy.ts'
import { serve } from '../serve.ts'
import type { Handler, OnEvent } from '../server.ts'
import { behind } from '../stream/upstream.ts'
import { connect } from '../transport/connect.ts'
import { parseEndpoint } from '../transport/endpoint.ts'
import type { Clock, Transform } from '../types.ts'
import { FaultLine } from './fault-line.ts'
import { type Faults, faultPlan } from './fault-plan.ts'
import { FaultCounters, type FaultDone, type FaultStats } from './fault-stats.ts'

/** From the client to the target, and back. */
export type Direction = 'up' | 'down'

export interface FaultProxyOptions {
  /** Where it listens (`tcp://127.0.0.1:0`). */
  readonly listen?: string
  /** Where it connects to, once for each client. */
  readonly target: string
  /** What is random is drawn from it; without one it is drawn itself, see `FaultProxy.seed`. */
  readonly seed?: number
  /** What happens to what clients send. */
  readonly up?: Faults
  /** What happens to what the target sends. */
  readonly down?: Faults
  /** Connections open at a time (10,000). */
  readonly maxConnections?: number
  /** How long a half-closed connection may go without its peer taking a byte (30,000 ms). */
  readonly lingerMs?: number
  /** The time by which it delays (the system's). */
  readonly clock?: Clock
  /** Told of each cut and each flipped bit; connections are counted from 0. */
  readonly onFault?: (fault: FaultDone & { readonly connection: number; readonly direction: Direction }) => void
  readonly onEvent?: OnEvent
  readonly signal?: AbortSignal
}

export interface FaultProxy {
  /** With the real port. */
  readonly endpoint: string
  /** Given again, it gives the same faults. */
  readonly seed: number
  readonly stats: FaultProxyStats
  /** Resolves when it was closed. */
  readonly finished: Promise<void>
  /** Accepts no more and cuts what is open. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface FaultProxyStats {
  readonly connections: number
  readonly open: number
  readonly up: FaultStats
  readonly down: FaultStats
}

/**
 * Starts a proxy with faults.
 *
 * @throws InvalidOptionError for an option or endpoint that cannot be right
 * @throws ListenError when `listen` is taken
 * @example
 *   await using line = await faultProxy({ target: server.endpoint, seed: 7, down: { cut: { at: { between: [0, 9999] } } } })
 *   await using client = await connect(line.endpoint)
 */
export async function faultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { listen = 'tcp://127.0.0.1:0', target, seed = Math.floor(Math.random() * 2 ** 32) } = options
  const {
    up = {},
    down = {},
    clock = systemClock,
    lingerMs = limits.lingerMs,
    maxConnections,
    onEvent,
    signal
  } = options
  parseEndpoint(target)
  const counters: Record<Direction, FaultCounters> = { up: new FaultCounters(), down: new FaultCounters() }
  let connections = 0

  const line = (direction: Direction, faults: Faults, connection: number): Transform<Uint8Array, Uint8Array> => {
    const plan = faultPlan(faults, [seed, direction, connection])
    const onFault = (fault: FaultDone): void => options.onFault?.({ ...fault, connection, direction })
    const count = counters[direction]
    return (source) => behind('faults', source, (upstream) => new FaultLine(upstream, plan, clock, count, onFault))
  }
  line('up', up, 0)
  line('down', down, 0)

  const handle: Handler = async (client) => {
    const connection = connections++
    const between = { up: line('up', up, connection), down: line('down', down, connection) }
    try {
      await proxy(client, await connect(target, { lingerMs }), between)
    } catch (error) {
      client.abort(error)
      throw error
    }
  }
  const service = await serve(
    { name: 'faults', endpoints: [listen], open: () => handle },
    {
      limits: { lingerMs, ...(maxConnections === undefined ? {} : { maxConnections }) },
      ...(onEvent === undefined ? {} : { onEvent }),
      ...(signal === undefined ? {} : { signal })
    }
  )
  const close = (): Promise<void> => service.stop({ graceMs: 0 })
  return {
    endpoint: service.endpoints[0] as string,
    seed,
    stats: {
      get connections() {
        return connections
      },
      get open() {
        return service.stats.open
      },
      ...counters
    },
    finished: service.finished,
    close,
    [Symbol.asyncDispose]: close
  }
}
