/**
 * Python's `multiprocessing.connection` at both ends of ours: its Client asks our server, our client asks its Listener.
 * Every message comes back reversed; their sizes stand on both sides of the 16 KiB up to which Python sends length and
 * message in one piece.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { multiprocessing } from '../../lib/codec/presets/multiprocessing.ts'
import { type Connection, collect, connect, decode, encode, map, pipe } from '../../lib/index.ts'
import { Child } from '../support/child.ts'
import { proved } from '../support/preset-peers.ts'
import { skipUnless } from '../support/program.ts'
import { assertSame, hostAndPort, pattern } from '../support/raw.ts'
import { batches, handling, start } from '../support/service.ts'
import { within } from '../support/wait.ts'

const skip = skipUnless('python3') && 'no python3: apt-get install python3'

const messages = multiprocessing({ maxBytes: 4 * 1024 * 1024 })
const sizes = [0, 1, 16 * 1024, 16 * 1024 + 1, 3 * 1024 * 1024, 5]

const client = `
import os, sys
from multiprocessing.connection import Client
with Client(('127.0.0.1', int(sys.argv[1]))) as peer:
    for size in map(int, sys.argv[2:]):
        message = os.urandom(size)
        peer.send_bytes(message)
        print(size, peer.recv_bytes() == message[::-1])
`

const pipelining = `
import sys
from multiprocessing.connection import Client
with Client(('127.0.0.1', int(sys.argv[1]))) as peer:
    for number in range(1000):
        peer.send_bytes(b'%d' % number)
    print(all(peer.recv_bytes() == (b'%d' % number)[::-1] for number in range(1000)))
`

const listener = `
from multiprocessing.connection import Listener
with Listener(('127.0.0.1', 0)) as listener:
    print(listener.address[1])
    with listener.accept() as peer:
        try:
            while True:
                peer.send_bytes(peer.recv_bytes()[::-1])
        except EOFError:
            print('end')
`

function python(script: string, ...args: (string | number)[]): Child {
  return new Child('python3', ['-B', '-u', '-c', script, ...args.map(String)])
}

const reversed = (message: Uint8Array): Uint8Array => Uint8Array.from(message).reverse()

const server = handling((peer: Connection) => pipe(peer, decode(messages), map(reversed), encode(messages), peer))

test('a Client of Python asks our server', { skip }, async (t) => {
  const { endpoint, books } = await start(t, server)
  const { stdout, stderr } = await python(client, hostAndPort(endpoint).port, ...sizes).ended()
  assert.equal(String(stdout), sizes.map((size) => `${size} True\n`).join(''), stderr)
  await books.count('close', 1)
  assert.deepEqual(books.reasons(), ['finished'])
  proved('multiprocessing')
})

test('a Client of Python sends a thousand messages before it reads an answer', { skip }, async (t) => {
  const { endpoint } = await start(t, server)
  const { stdout, stderr } = await python(pipelining, hostAndPort(endpoint).port).ended()
  assert.equal(String(stdout), 'True\n', stderr)
  proved('multiprocessing')
})

test('our client asks a Listener of Python', { skip }, async (t) => {
  const peer = python(listener)
  t.after(() => peer.kill())
  await using connection = await connect(`tcp://127.0.0.1:${await peer.lineAt(0)}`)
  const sent = sizes.map((size) => pattern(size))
  const answers = await within(
    pipe(batches(sent), encode(messages), connection, decode(messages), collect()),
    'answers'
  )
  assert.equal(answers.length, sent.length)
  for (const [index, message] of sent.entries()) assertSame(answers[index] as Uint8Array, reversed(message))
  assert.equal(await peer.lineAt(1), 'end')
  proved('multiprocessing')
})
