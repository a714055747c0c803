/**
 * The admin endpoint: an HTTP server of its own for who watches over the service.
 *
 *   GET /livez         200 as long as the process runs
 *   GET /readyz        200 while new connections are taken, else 503 and why not
 *   GET /metrics       for Prometheus
 *   GET /connections   open connections as JSON: ?limit=100&offset=0
 *
 * It has limits and deadlines of its own, answers nobody who names another host nor who asks before he was answered, and
 * changes nothing.
 */
import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type ConnectionInfo, ListenError } from '../../lib/index.ts'
import { type AdminAddress, adminUrl, isOurHost } from './admin-address.ts'
import { adminLimits } from './admin-limits.ts'

/** What there is to see. */
export interface Watched {
  /** `accepting`, or in a word why not. */
  state(): string
  metrics(): Promise<{ readonly text: string; readonly contentType: string }>
  connections(offset: number, limit: number): Promise<Connections>
}

export interface Connections {
  /** All that are open. */
  readonly total: number
  readonly connections: readonly (ConnectionInfo & { readonly worker?: number })[]
}

export interface Admin {
  /** With the real port. */
  readonly url: string
  close(): Promise<void>
}

/** @throws ListenError */
export async function openAdmin(
  address: AdminAddress,
  watched: Watched,
  given: Partial<Record<keyof typeof adminLimits, number>> = {}
): Promise<Admin> {
  const { headerBytes, requestMs, keepAliveMs, idleMs, connections, requests } = { ...adminLimits, ...given }
  const server = createServer(
    {
      maxHeaderSize: headerBytes,
      headersTimeout: requestMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: Math.min(1_000, requestMs / 2)
    },
    (request, response) => {
      // It waits behind another answer: a thousand questions fit into one segment, and their answers into no memory.
      if (response.socket === null) {
        request.socket.destroy()
        return
      }
      answer(request, response, address, watched).catch((error: unknown) => {
        if (response.headersSent) response.destroy()
        else say(request, response, 500, `${error instanceof Error ? error.message : error}\n`)
      })
    }
  )
  server.maxConnections = connections
  server.maxRequestsPerSocket = requests
  server.setTimeout(idleMs)
  await listen(server, address)
  const bound = server.address()
  return {
    url: adminUrl('path' in address ? address : { host: address.host, port: (bound as AddressInfo).port }),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    }
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  address: AdminAddress,
  watched: Watched
): Promise<void> {
  const { method = '', url = '/', headers } = request
  if (!isOurHost(headers.host, address)) return say(request, response, 403, 'ask for this host by its address\n')
  const [path = '/', query = ''] = url.split('?', 2)
  const what = pages[path]
  if (what === undefined) return say(request, response, 404, `one of ${Object.keys(pages).join(' ')}\n`)
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    return say(request, response, 405, 'GET or HEAD\n')
  }
  const { status, body, type } = await what(watched, new URLSearchParams(query))
  say(request, response, status, body, type)
}

interface Page {
  readonly status: number
  readonly body: string
  readonly type?: string
}

const pages: Readonly<Record<string, (watched: Watched, query: URLSearchParams) => Page | Promise<Page>>> = {
  __proto__: null as never,
  '/livez': () => ({ status: 200, body: 'alive\n' }),
  '/readyz': (watched) => {
    const state = watched.state()
    return { status: state === 'accepting' ? 200 : 503, body: `${state}\n` }
  },
  '/metrics': async (watched) => {
    const { text, contentType } = await watched.metrics()
    return { status: 200, body: text, type: contentType }
  },
  '/connections': async (watched, query) => {
    const [offset, limit] = [number(query, 'offset', 0), number(query, 'limit', adminLimits.listedByDefault)]
    if (offset === undefined || limit === undefined || limit > adminLimits.listed) {
      return { status: 400, body: `offset and limit are whole numbers, limit at most ${adminLimits.listed}\n` }
    }
    const found = await watched.connections(offset, limit)
    const body = { total: found.total, offset, limit, connections: found.connections }
    return { status: 200, body: `${JSON.stringify(body)}\n`, type: 'application/json; charset=utf-8' }
  }
}

function number(query: URLSearchParams, name: string, byDefault: number): number | undefined {
  const text = query.get(name)
  if (text === null) return byDefault
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function say(
  { method }: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8'
): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    // A body that nobody reads must not be taken for the next request.
    ...(method === 'GET' || method === 'HEAD' ? {} : { Connection: 'close' })
  })
  response.end(method === 'HEAD' ? undefined : body)
}

/** A Unix socket is for its owner alone; one that a dead process left is taken away. */
async function listen(server: Server, address: AdminAddress): Promise<void> {
  const open = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const before = 'path' in address ? process.umask(0o177) : undefined
      server.once('error', reject).listen('path' in address ? { path: address.path } : address, () => {
        server.removeListener('error', reject)
        resolve()
      })
      if (before !== undefined) process.umask(before)
    })
  try {
    await open().catch(async (error: NodeJS.ErrnoException) => {
      if (!('path' in address) || error.code !== 'EADDRINUSE' || !(await isAbandoned(address.path))) throw error
      server.removeAllListeners('error')
      unlinkSync(address.path)
      await open()
    })
  } catch (cause) {
    throw new ListenError(`--admin ${adminUrl(address)}`, whyNot(cause as NodeJS.ErrnoException), { cause })
  }
  if ('path' in address) chmodSync(address.path, 0o600)
}

function isAbandoned(path: string): Promise<boolean> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return Promise.resolve(false)
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => resolve(false)).once('connect', () => socket.destroy())
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}

function whyNot({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'it is in use'
  if (code === 'EACCES') return 'permission denied'
  return code === 'EADDRNOTAVAIL' ? 'this machine has no such address' : message
}
