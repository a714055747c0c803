/**
 * The connection limit is exact: at no time are more open, every one more is refused and counted, and a slot that was
 * freed is there for the next one.
 */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { memoryPair } from '../../lib/index.ts'
import { echo } from '../../servers/echo.ts'
import { directory, hostAndPort } from '../support/raw.ts'
import { handling, start } from '../support/service.ts'
import { Bell } from '../support/wait.ts'

const limit = 10
const many = 50

/** Connects `many` times at once; tells who was served, by an echo, and who was turned away. */
class Rush {
  readonly served = new Set<Socket>()
  readonly refused = new Set<Socket>()
  readonly #bell = new Bell()

  constructor(to: { port: number; host: string } | { path: string }) {
    for (let index = 0; index < many; index++) {
      const socket = connect(to)
      socket.write('x')
      socket.once('data', () => this.#note(this.served, socket))
      // One that was served closes only when the test ends it.
      socket
        .on('error', () => {})
        .on('close', () => this.#note(this.served.has(socket) ? new Set() : this.refused, socket))
    }
  }

  over(): Promise<true> {
    const all = (): true | undefined => (this.served.size + this.refused.size === many ? true : undefined)
    return this.#bell.until(all, 'the outcome of every connection')
  }

  leave(): void {
    for (const socket of this.served) socket.end()
  }

  #note(where: Set<Socket>, socket: Socket): void {
    where.add(socket)
    this.#bell.ring()
  }
}

for (const [listen, rounds] of [
  ['tcp://127.0.0.1:0', 100],
  [`unix:${directory()}/limit`, 20]
] as const) {
  const name = `limit ${limit}, ${many} at once, ${listen.slice(0, listen.indexOf(':'))}`
  test(`${name}: never more open, exactly ${many - limit} refused, ${rounds} times`, async (t) => {
    const { service, books, endpoint } = await start(t, echo, { listen, limits: { maxConnections: limit } })
    const path = endpoint.slice('unix:'.length)
    for (let round = 1; round <= rounds; round++) {
      const rush = new Rush(listen.startsWith('unix:') ? { path } : hostAndPort(endpoint))
      await rush.over()
      assert.deepEqual([rush.served.size, rush.refused.size], [limit, many - limit])
      assert.deepEqual([service.stats.open, service.stats.refused], [limit, (many - limit) * round])
      rush.leave()
      await books.count('close', limit * round)
      assert.equal(service.stats.open, 0)
    }
    assert.equal(books.most, limit)
    assert.deepEqual(new Set(books.all('refuse').map(({ reason }) => reason)), new Set(['connection_limit']))
    assert.equal(service.stats.accepted, limit * rounds)
  })
}

test('a slot is free when its connection is closed, not before', async (t) => {
  const release: (() => void)[] = []
  const held = handling(() => new Promise<void>((resolve) => release.push(resolve)))
  const { service, books } = await start(t, held, { listen: [], limits: { maxConnections: 2 } })
  const clients = [memoryPair(), memoryPair(), memoryPair(), memoryPair()].map(([client, server]) => {
    service.accept(server)
    return client
  })
  assert.deepEqual([service.stats.open, service.stats.refused], [2, 2])
  const [first, , refused] = clients
  await assert.rejects(refused?.sink(refused.source) ?? Promise.resolve())
  release[0]?.()
  first?.close()
  await books.next('close')
  const [, another] = memoryPair()
  service.accept(another)
  assert.deepEqual([service.stats.open, service.stats.refused], [2, 2])
  for (const free of release) free()
  for (const client of clients) client.abort()
})
