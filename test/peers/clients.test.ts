/**
 * Our clients, and `connect` itself, against servers that Python's `socketserver` runs: good ones, and ones that go away.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { askDatagram, type Client, collect, connect, pipe } from '../../lib/index.ts'
import { echoClient } from '../../servers/echo.ts'
import { zenClient } from '../../servers/zen.ts'
import { endpointOf, python, skipUnless } from '../support/program.ts'
import { assertSame, directory, pattern } from '../support/raw.ts'
import { batches } from '../support/service.ts'
import { within } from '../support/wait.ts'

const noPython = skipUnless('python3')
const path = directory()

/** Starts a Python server of a kind. */
async function started(t: TestContext, kind: string, where = 'tcp'): Promise<string> {
  const server = python('servers.py', kind, where)
  t.after(() => server.kill())
  return endpointOf(server)
}

/** Runs a client of ours; answers what it prints. */
async function run(client: Client, endpoint: string, message: string | undefined, input = ''): Promise<string> {
  const printed: (string | Uint8Array)[] = []
  const running = client.run({
    endpoint,
    message,
    options: {},
    input: batches([Buffer.from(input)]),
    print: async (output) => void printed.push(typeof output === 'string' ? `${output}\n` : output),
    signal: new AbortController().signal
  })
  await within(running, `the client of ${client.name}`)
  return Buffer.concat(printed.map((output) => Buffer.from(output))).toString()
}

for (const where of ['tcp', `unix:${path}/echo`]) {
  test(`a Python echo, ${where.slice(0, 4)}: every byte back, behind our own end`, { skip: noPython }, async (t) => {
    const endpoint = await started(t, 'echo', where)
    for (const size of [0, 1, 100, 65_536, 8_388_608]) {
      for (const readBuffers of [true, false]) {
        await using server = await connect(endpoint, { readBuffers })
        const sent = pattern(size)
        assertSame(Buffer.concat(await within(pipe(batches([sent]), server, collect()), 'the echo')), sent)
      }
    }
    assert.equal(await run(echoClient, endpoint, 'hello'), 'hello\n')
    assert.equal(await run(echoClient, endpoint, undefined, 'one\ntwo'), 'one\ntwo')
  })

  const zenAt = where.replace('echo', 'zen')
  test(`a Python zen, ${where.slice(0, 4)}: answers in the order of the questions`, { skip: noPython }, async (t) => {
    const endpoint = await started(t, 'zen', zenAt)
    assert.equal(await run(zenClient, endpoint, 'Simple is better than?'), 'Complex.\n')
    const questions = 'Beautiful is better than?\nWhy?  Explicit is better than?\n'.repeat(300)
    const answers = 'Ugly.\nError: unknown aphorism.\nImplicit.\n'.repeat(300)
    assert.equal(await run(zenClient, endpoint, undefined, questions), answers)
  })
}

test('a server that answers only behind our end', { skip: noPython }, async (t) => {
  const endpoint = await started(t, 'greeting')
  await using server = await connect(endpoint)
  const answer = await pipe(batches([pattern(100_000)], [pattern(5)]), server, collect())
  assert.equal(String(Buffer.concat(answer)), '100005 bytes.')
})

// Its handler takes at most 8,192 bytes of one.
test('a Python echo of datagrams, also of an empty one', { skip: noPython }, async (t) => {
  const endpoint = await started(t, 'echo', 'udp')
  for (const size of [1, 1472, 8_000]) assertSame(await askDatagram(endpoint, pattern(size)), pattern(size))
  assert.equal((await askDatagram(endpoint, new Uint8Array(0))).length, 0)
})

/** Behind our own end some versions of libuv tell a reset as an end; inside an answer that is an error all the same. */
const misbehaviour: [kind: string, error: string, message: RegExp][] = [
  ['cut', 'UnexpectedEndError', /ended inside a frame/],
  ['reset', 'ConnectionResetError UnexpectedEndError', /was reset|ended inside a frame/],
  ['wrong', 'MalformedFrameError', /UTF-8/],
  ['hangup', 'ProtocolError', /1 question/]
]

for (const [kind, error, message] of misbehaviour) {
  test(`a server that goes wrong, ${kind}: the client says what happened`, { skip: noPython }, async (t) => {
    const endpoint = await started(t, kind)
    await assert.rejects(run(zenClient, endpoint, 'Simple is better than?'), (failure: unknown) => {
      assert.ok(failure instanceof Error)
      assert.ok(error.includes(failure.name), String(failure))
      assert.match(failure.message, message)
      return true
    })
  })
}

test('a server that never answers: the client can be stopped', { skip: noPython }, async (t) => {
  const endpoint = await started(t, 'silent')
  const stop = new AbortController()
  // The server keeps its half open for as long as we do, so we do.
  await using server = await connect(endpoint, { signal: stop.signal })
  const reading = pipe(server, collect())
  stop.abort(new Error('no longer'))
  await assert.rejects(within(reading, 'the end of the reading'), /no longer/)
})
