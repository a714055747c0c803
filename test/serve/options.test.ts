/**
 * Options and endpoints that cannot be right are refused by name, before anything is open.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect, InvalidOptionError, listen, openDatagrams, serve } from '../../lib/index.ts'
import { echo } from '../../servers/echo.ts'
import { dial, freeDatagramEndpoint } from '../support/raw.ts'

const wrong: [what: string, option: string, start: () => Promise<unknown>][] = [
  ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY].map((maxConnections): (typeof wrong)[number] => [
    `maxConnections ${maxConnections}`,
    'maxConnections',
    () => serve(echo, { listen: [], limits: { maxConnections } })
  ]),
  ...[-1, Number.NaN].map((lingerMs): (typeof wrong)[number] => [
    `lingerMs ${lingerMs}`,
    'lingerMs',
    () => serve(echo, { listen: 'tcp://127.0.0.1:0', limits: { lingerMs } })
  ]),
  ...[-1, 1.5].map((backlog): (typeof wrong)[number] => [
    `backlog ${backlog}`,
    'backlog',
    () => listen('tcp://127.0.0.1:0', { backlog })
  ]),
  ['timeoutMs -1', 'timeoutMs', () => connect('tcp://127.0.0.1:1', { timeoutMs: -1 })],
  ['receiveBytes 0', 'receiveBytes', () => openDatagrams('udp://127.0.0.1:0', { receiveBytes: 0 })],
  ['maxWaiting 0', 'maxWaiting', () => openDatagrams('udp://127.0.0.1:0', { maxWaiting: 0 })],
  ['an endpoint that is none', 'endpoint', () => serve(echo, { listen: 'here' })],
  ['a port over 65535', 'endpoint', () => serve(echo, { listen: 'tcp://127.0.0.1:65536' })],
  ['a NUL in a host', 'endpoint', () => serve(echo, { listen: 'tcp://127.0.0.1\0evil:0' })]
]

for (const [what, option, begin] of wrong) {
  test(`an option that cannot be right: ${what}`, async () => {
    let started: { stop?(): unknown; close?(): unknown } | undefined
    const starting = begin().then((service) => {
      started = service as NonNullable<typeof started>
    })
    try {
      await assert.rejects(starting, (error: unknown) => {
        assert.ok(error instanceof InvalidOptionError, String(error))
        assert.equal(error.option, option)
        assert.match(error.message, new RegExp(option))
        return true
      })
    } finally {
      await started?.stop?.()
      await started?.close?.()
    }
  })
}

test('a wrong option leaves no port open', async () => {
  const probe = await serve(echo, { listen: 'tcp://127.0.0.1:0' })
  const [endpoint] = probe.endpoints as [string]
  await probe.stop()
  await assert.rejects(serve(echo, { listen: endpoint, limits: { maxConnections: 0 } }), InvalidOptionError)
  await assert.rejects(dial(endpoint), { code: 'ECONNREFUSED' })
  const free = await freeDatagramEndpoint('127.0.0.1')
  await assert.rejects(openDatagrams(free, { maxWaiting: 0 }), InvalidOptionError)
  await assert.rejects(openDatagrams(free, { receiveBytes: 0 }), InvalidOptionError)
  await using again = await openDatagrams(free)
  assert.equal(again.endpoint, free)
})
