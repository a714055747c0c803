/**
 * Every handshake that comes to nothing is refused for one named reason: each of them is provoked here. None takes a place
 * of a connection, none reaches the handler.
 */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import {
  connect,
  drain,
  pipe,
  type RefuseReason,
  refuseReasons,
  type ServeOptions,
  type TlsListenOptions
} from '../../lib/index.ts'
import { certify, noOpenssl } from '../support/certificates.ts'
import { cut, dial } from '../support/raw.ts'
import { handling, start } from '../support/service.ts'
import { dialTls } from '../support/tls-peers.ts'
import { within } from '../support/wait.ts'

const skip = noOpenssl
const pair = skip === false ? certify() : { cert: '', key: '' }

interface Provocation {
  readonly tls?: Partial<TlsListenOptions>
  readonly options?: ServeOptions<Record<string, never>>
  readonly client: (endpoint: string) => Promise<Socket> | Socket
  readonly stop?: boolean
}

const plain = (endpoint: string): Promise<Socket> => dial(endpoint)

/** The others are provoked where admission, suspension and the PROXY protocol are tested. */
type Elsewhere = 'source_limit' | 'accept_rate' | 'fd_limit' | 'login_limit' | 'suspended' | `proxy_${string}`

const provocations: Record<Exclude<RefuseReason, Elsewhere>, Provocation> = {
  connection_limit: {
    options: { limits: { maxConnections: 1 } },
    async client(endpoint) {
      const first = await connect(endpoint, { tls: { ca: pair.cert } })
      return dialTls(endpoint).on('close', () => first.abort())
    }
  },
  draining: { client: plain, stop: true },
  handshake_limit: {
    tls: { handshakes: 1 },
    async client(endpoint) {
      const first = await plain(endpoint)
      return (await plain(endpoint)).on('close', () => first.destroy())
    }
  },
  handshake_timeout: { tls: { handshakeMs: 50 }, client: plain },
  handshake_failed: {
    async client(endpoint) {
      const socket = await plain(endpoint)
      socket.write('GET / HTTP/1.0\r\n\r\n')
      return socket
    }
  },
  handshake_cut: {
    async client(endpoint) {
      const socket = await plain(endpoint)
      await cut(socket)
      return socket
    }
  },
  name_unknown: {
    tls: { unknownName: 'reject', names: { 'known.example': pair } },
    client: (endpoint) => dialTls(endpoint, { servername: 'other.example' })
  },
  certificate_refused: { tls: { clientCa: pair.cert }, client: (endpoint) => dialTls(endpoint) }
}

for (const [reason, { tls, options, client, stop }] of Object.entries(provocations)) {
  test(`${reason}: ${refuseReasons[reason as RefuseReason]}`, { skip }, async (t) => {
    let entered = 0
    const server = handling((peer) => {
      entered++
      return pipe(peer, drain())
    })
    const { service, books, endpoint } = await start(t, server, {
      ...options,
      listen: 'tls://127.0.0.1:0',
      tls: { ...pair, ...tls }
    })
    const socket = await client(endpoint)
    t.after(() => socket.destroy())
    if (stop === true) {
      await within(service.stop({ graceMs: 100 }), 'the stop')
    }
    const refuse = await books.next('refuse')
    assert.equal(refuse.reason, reason, String(refuse.error))
    assert.equal(service.stats.refused, 1)
    assert.equal(entered, reason === 'connection_limit' ? 1 : 0)
    assert.equal(service.stats.accepted, entered)
  })
}
