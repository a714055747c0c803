import { InvalidOptionError } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Connection } from '../types.ts'
import { type AcceptOptions, accept } from './accept.ts'
import { inherited } from './inherited-sockets.ts'

export interface ListenOptions extends AcceptOptions {
  /** Ends the listener. */
  signal?: AbortSignal
}

/** Connections as they come. One that nobody takes waits, paused; those over the backlog are reset. */
export interface Listener extends AsyncIterable<Connection> {
  /** With the real port. */
  readonly endpoint: string
  /**
   * Reads the certificates of a `tls:` endpoint again; open connections keep theirs.
   *
   * @throws InvalidOptionError where they cannot be used: the old ones still are
   */
  reload(): Promise<void>
  /** Stops accepting and ends the iteration; connections that were taken go on. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Listens by hand, where `serve` does more than is wanted: no limits, no drain, whoever takes a connection closes it.
 *
 * @throws InvalidOptionError for a wrong endpoint, or certificates that cannot be used
 * @throws ListenError when it is taken, not ours, or does not resolve
 * @example
 *   await using listener = await listen('tcp://127.0.0.1:0')
 *   for await (const connection of listener) pipe(connection, connection).finally(() => connection.close())
 */
export async function listen(url: string, options: ListenOptions = {}): Promise<Listener> {
  const [endpoint, another] = inherited(url)
  if (endpoint === undefined || endpoint.kind === 'udp' || endpoint.kind === 'stdio') {
    throw new InvalidOptionError('endpoint', url, 'tcp:, tls: or unix: (for udp: see openDatagrams)')
  }
  if (another !== undefined) throw new InvalidOptionError('endpoint', url, 'one socket of that name: each is fd:number')
  options.signal?.throwIfAborted()
  const waiting: Connection[] = []
  let wake: (() => void) | undefined
  let closed = false
  const acceptor = await accept(endpoint, options, {
    connection(connection) {
      if (waiting.length >= limits.backlog) connection.abort('nobody took the connection')
      else waiting.push(connection)
      wake?.()
    },
    error() {}
  })
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    options.signal?.removeEventListener('abort', close)
    for (const connection of waiting.splice(0)) connection.abort('the listener was closed')
    wake?.()
    await acceptor.close()
  }
  options.signal?.addEventListener('abort', close, { once: true })
  if (options.signal?.aborted === true) {
    await close()
    throw options.signal.reason
  }
  return {
    endpoint: acceptor.endpoint,
    reload: () => acceptor.reload(),
    close,
    [Symbol.asyncDispose]: close,
    async *[Symbol.asyncIterator]() {
      while (!closed) {
        const next = waiting.shift()
        if (next !== undefined) yield next
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    }
  }
}
