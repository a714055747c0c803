/**
 * python-hl7 at both ends of ours: its `mllp_send` sends a file to our server and prints the acknowledgements, and its
 * asyncio server acknowledges what a client of ours sends.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { mllp } from '../../lib/codec/presets/mllp.ts'
import { type Connection, connect, decode, encode, map, pipe, requests, text } from '../../lib/index.ts'
import { Child } from '../support/child.ts'
import { debianScript, proved, skipUnlessModule } from '../support/preset-peers.ts'
import { skipUnless } from '../support/program.ts'
import { directory, hostAndPort } from '../support/raw.ts'
import { handling, start } from '../support/service.ts'

const install = 'apt-get install python3-hl7'
const skip = skipUnlessModule('hl7.mllp', 'python3-hl7') || (skipUnless('mllp_send') && `no mllp_send: ${install}`)

const server = `
import asyncio
from hl7.mllp import start_hl7_server
async def acknowledge(reader, writer):
    while True:
        try:
            message = await reader.readmessage()
        except asyncio.IncompleteReadError:
            break
        writer.writemessage(message.create_ack(message_id='%s' % message['MSH.10']))
        await writer.drain()
    writer.close()
async def main():
    server = await start_hl7_server(acknowledge, '127.0.0.1', 0, encoding='utf-8')
    print(server.sockets[0].getsockname()[1])
    await server.serve_forever()
asyncio.run(main())
`

const controlId = (id: number): string => `№ ${id}`

const message = (id: number, name: string): string =>
  `MSH|^~\\&|OURS|HERE|THEIRS|THERE|20240101120000||ADT^A01|${controlId(id)}|P|2.5\rPID|1||${id}||${name}`

const messages = ['Straße^Jörg', '山田^太郎', 'x'.repeat(10_000), ''].map((name, id) => message(id, name))

test('mllp_send sends a file to our server', { skip }, async (t) => {
  const got: string[] = []
  const codec = text(mllp())
  const acknowledge = (said: string): string => {
    got.push(said)
    return `MSH|^~\\&|\rMSA|AA|${got.length}`
  }
  const talk = (peer: Connection): Promise<void> => pipe(peer, decode(codec), map(acknowledge), encode(codec), peer)
  const { endpoint, books } = await start(t, handling(talk))
  const file = join(directory(), 'messages.hl7')
  writeFileSync(file, messages.map((one) => `\x0b${one}\r\x1c\r\n`).join(''))
  const { host, port } = hostAndPort(endpoint)
  const child = new Child('mllp_send', ['--loose', '--port', String(port), '--file', file, host])
  const { status, stdout, stderr } = await child.ended()
  assert.equal(status, 0, stderr)
  const acknowledged = messages.map((_, index) => `\x0bMSH|^~\\&|\rMSA|AA|${index + 1}\x1c\r\n`)
  assert.equal(String(stdout), acknowledged.join(''))
  assert.deepEqual(got, messages)
  await books.count('close', 1)
  assert.deepEqual(books.reasons(), ['finished'])
  proved('mllp')
})

test('the server of python-hl7 acknowledges what a client of ours sends', { skip }, async (t) => {
  const child = debianScript(server)
  t.after(() => child.kill())
  const codec = text(mllp())
  const connection = await connect(`tcp://127.0.0.1:${await child.lineAt(0)}`)
  await using peer = requests(connection, codec, codec)
  const many = [...messages, ...Array.from({ length: 500 }, (_, index) => message(index + 4, 'Doe^John'))]
  const answers = await Promise.all(many.map((one) => peer.ask(one)))
  for (const [id, answer] of answers.entries()) {
    const segments = answer.split('\r').map((segment) => segment.split('|'))
    assert.deepEqual(segments[1]?.slice(0, 3), ['MSA', 'AA', controlId(id)], answer)
  }
  proved('mllp')
})
