/**
 * Real programs ask zen: whole questions, glued ones, byte by byte, cut in the middle; and zen clients of ours ask a
 * server that Python's `socketserver` runs.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnexpectedEndError } from '../../lib/index.ts'
import { zen } from '../../servers/zen.ts'
import { Child } from '../support/child.ts'
import { skipUnless } from '../support/program.ts'
import { pythonClient, type Style } from '../support/python.ts'
import { directory, hostAndPort } from '../support/raw.ts'
import { start } from '../support/service.ts'

const path = `${directory()}/zen`
const listen = ['tcp://127.0.0.1:0', `unix:${path}`]
const glued = 'Beautiful is better than?Explicit is better than?Simple is better than?What?'
const answers = 'Ugly.Implicit.Complex.Error: unknown aphorism.'

const manners: Record<string, readonly string[]> = {
  whole: ['Beautiful is better than?', 'Explicit is better than?', 'Simple is better than?', 'What?'],
  glued: [glued],
  'byte by byte': Array.from(glued),
  'cut inside the questions': [
    'Beautiful is',
    ' better than?Explicit is better th',
    'an?Simple is better than',
    '?What?'
  ],
  'a thousand at once': [glued.repeat(250)]
}

const styles: Style[] = ['socket', 'asyncio']

for (const style of styles) {
  test(`Python’s ${style} asks zen`, { skip: skipUnless('python3') }, async (t) => {
    const { service, books } = await start(t, zen, { listen })
    const client = pythonClient(t, style)
    for (const to of service.endpoints) {
      for (const [manner, pieces] of Object.entries(manners)) {
        const wanted = manner === 'a thousand at once' ? answers.repeat(250) : answers
        assert.deepEqual(await client.ask({ to, pieces }), { got: wanted, how: 'fin' }, `${manner}, ${to}`)
      }
    }
    assert.deepEqual(new Set(books.reasons()), new Set(['finished']))
  })

  test(`Python’s ${style} ends inside a question: it has its answers, and what is missing is told`, {
    skip: skipUnless('python3')
  }, async (t) => {
    const { service, books } = await start(t, zen, { listen })
    const client = pythonClient(t, style)
    for (const to of service.endpoints) {
      const outcome = await client.ask({ to, pieces: ['Simple is better than?Expl', 'icit is'] })
      assert.deepEqual(outcome, { got: 'Complex.', how: 'fin' })
    }
    for (const { reason, error } of await books.count('close', 2)) {
      assert.equal(reason, 'truncated')
      assert.ok(error instanceof UnexpectedEndError)
      assert.equal(String(Buffer.from(error.partial)), 'Explicit is')
    }
  })
}

const calls: Record<string, (endpoint: string) => string[]> = {
  nc: (endpoint) => ['-N', ...(endpoint.startsWith('unix:') ? ['-U', path] : hostThenPort(endpoint))],
  socat: (endpoint) => {
    const to = endpoint.startsWith('unix:') ? `UNIX-CONNECT:${path}` : `TCP4:${hostThenPort(endpoint).join(':')}`
    return ['-t', '20', '-', to]
  }
}

function hostThenPort(endpoint: string): string[] {
  const { host, port } = hostAndPort(endpoint)
  return [host, String(port)]
}

for (const [program, call] of Object.entries(calls)) {
  test(`${program} asks zen`, { skip: skipUnless(program) }, async (t) => {
    const { service } = await start(t, zen, { listen })
    for (const endpoint of service.endpoints) {
      const { stdout } = await new Child(program, call(endpoint)).write(glued, 'end').ended()
      assert.equal(String(stdout), answers)
    }
  })
}
