/**
 * Real programs as clients of echo: they send, end their half, and must get every byte back.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { echo } from '../../servers/echo.ts'
import { Child } from '../support/child.ts'
import { skipUnless } from '../support/program.ts'
import { pythonClient, type Style } from '../support/python.ts'
import { assertSame, directory, hostAndPort, pattern } from '../support/raw.ts'
import { start } from '../support/service.ts'
import { within } from '../support/wait.ts'

const sizes = [0, 1, 100, 65_536, 8_388_608]
const path = `${directory()}/echo`
const listen = ['tcp://127.0.0.1:0', `unix:${path}`]

/** How a program is told to connect standard input and output to an endpoint. */
type Call = (endpoint: string) => readonly string[]

const programs: Record<string, Call> = {
  nc: (endpoint) => (endpoint.startsWith('unix:') ? ['-N', '-U', path] : ['-N', ...hostThenPort(endpoint)]),
  socat: (endpoint) => {
    const [host, port] = endpoint.startsWith('unix:') ? [] : hostThenPort(endpoint)
    return ['-t', '20', '-', host === undefined ? `UNIX-CONNECT:${path}` : `TCP4:${host}:${port}`]
  }
}

function hostThenPort(endpoint: string): [host: string, port: string] {
  const { host, port } = hostAndPort(endpoint)
  return [host, String(port)]
}

for (const [program, call] of Object.entries(programs)) {
  test(`${program}: echo with half-close`, { skip: skipUnless(program) }, async (t) => {
    const { service, books } = await start(t, echo, { listen })
    for (const endpoint of service.endpoints) {
      for (const size of sizes) {
        const sent = pattern(size)
        const { stdout, status, stderr } = await new Child(program, call(endpoint)).write(sent, 'end').ended()
        assertSame(stdout, sent, `from ${endpoint}`)
        assert.deepEqual([status, stderr], [0, ''])
      }
    }
    await books.count('close', sizes.length * 2)
    assert.deepEqual(new Set(books.reasons()), new Set(['finished']))
  })
}

const styles: Style[] = ['socket', 'asyncio']

for (const style of styles) {
  for (const readBuffers of [true, false]) {
    const how = readBuffers ? 'read buffers' : 'data events'
    test(`Python’s ${style}: echo with half-close, by ${how}`, { skip: skipUnless('python3') }, async (t) => {
      const { service, books } = await start(t, echo, { listen, readBuffers })
      const client = pythonClient(t, style)
      for (const to of service.endpoints) {
        for (const random of sizes) {
          const outcome = await within(client.ask({ to, random }), `${random} bytes and back`)
          assert.deepEqual(outcome, { length: random, same: true, how: 'fin' }, to)
        }
      }
      await books.count('close', sizes.length * 2)
      assert.deepEqual(new Set(books.reasons()), new Set(['finished']))
    })
  }
}

test('echo --lines: whole lines come back, however they were cut', { skip: skipUnless('python3') }, async (t) => {
  const { endpoint, books } = await start(t, echo, { options: { lines: true } })
  const client = pythonClient(t, 'socket')
  const pieces = ['one\ntwo', '\n', '\r\nfo', 'u', 'r\n']
  assert.deepEqual(await client.ask({ to: endpoint, pieces }), { got: pieces.join(''), how: 'fin' })
  assert.deepEqual(await client.ask({ to: endpoint, pieces: ['one\ntw'] }), { got: 'one\n', how: 'fin' })
  await books.count('close', 2)
  assert.deepEqual(books.reasons(), ['finished', 'truncated'])
})
