/**
 * An upgrade as STARTTLS is one: commands are lines until the client asks for it, and behind the answer everything is
 * sealed. What came in the clear together with the request was put there by somebody else: it is refused and never run.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { switching } from '../../lib/codec/switching.ts'
import {
  type Connection,
  decode,
  delimiter,
  dialog,
  encode,
  forEach,
  length,
  map,
  ProtocolError,
  pipe,
  text
} from '../../lib/index.ts'
import { within } from '../support/wait.ts'
import { transports } from './transports.ts'

const line = text(delimiter('\r\n'))
const sealed = text(length({ prefix: 2 }))
const smtp = switching(line, (frame) =>
  frame === 'STARTTLS' || frame === '220 ready' ? { codec: sealed, unread: 'reject' } : undefined
)

type Serve = (peer: Connection, commands: string[]) => Promise<void>

function answer(command: string, commands: string[]): string {
  commands.push(command)
  return command === 'STARTTLS' ? '220 ready' : `250 ${command}`
}

async function answerSealed(peer: Connection, commands: string[]): Promise<void> {
  await pipe(
    peer,
    decode(sealed),
    map((command) => answer(command, commands)),
    encode(sealed),
    peer
  )
}

/** Talks until the upgrade and refuses at the end of the talk. */
const byDetach: Serve = async (peer, commands) => {
  const talk = dialog(peer)
  for (let command: string | undefined; command !== 'STARTTLS'; ) {
    command = await talk.next(line)
    if (command === undefined) return talk.end()
    await talk.send(line, answer(command, commands))
  }
  await answerSealed(talk.detach({ unread: 'reject' }), commands)
}

/** Refuses in front of every answer, for a client that has to wait each time. */
const byNext: Serve = async (peer, commands) => {
  const talk = dialog(peer)
  for (let command: string | undefined; command !== 'STARTTLS'; ) {
    command = await talk.next(line, { unread: 'reject' })
    assert.equal(talk.unreadBytes, 0)
    if (command === undefined) return talk.end()
    await talk.send(line, answer(command, commands))
  }
  await answerSealed(talk.detach(), commands)
}

/** Is one pipeline from the first byte to the last. */
const byStages: Serve = (peer, commands) =>
  pipe(
    peer,
    decode(smtp),
    map((command) => answer(command, commands)),
    encode(smtp),
    peer
  )

for (const [name, open] of transports) {
  for (const [how, serve] of Object.entries({ byDetach, byNext, byStages })) {
    test(`a command smuggled in front of an upgrade is refused and not run (${how}, ${name})`, async () => {
      await using ends = await open()
      const commands: string[] = []
      const served = serve(ends.server, commands)
      const client = dialog(ends.client)
      await client.send(line, 'NOOP')
      assert.equal(await client.next(line), '250 NOOP')
      await client.write(Buffer.from('STARTTLS\r\nEVIL\r\n'))
      await assert.rejects(within(served, 'the refusal', 5_000), (error) => {
        assert.ok(error instanceof ProtocolError)
        return /^the peer sent 6 bytes behind /.test(error.message)
      })
      assert.ok(!commands.includes('EVIL'))
    })

    test(`an upgrade that waits for its answer goes on sealed (${how}, ${name})`, async () => {
      await using ends = await open()
      const commands: string[] = []
      const served = serve(ends.server, commands)
      const client = dialog(ends.client)
      for (const command of ['NOOP', 'STARTTLS']) {
        await client.send(line, command)
        assert.equal(await client.next(line, { unread: 'reject' }), command === 'NOOP' ? '250 NOOP' : '220 ready')
      }
      // Both at once: behind the upgrade nobody has to wait.
      await client.write(Buffer.from('\0\x04MAIL\0\x04QUIT'))
      assert.equal(await client.next(sealed), '250 MAIL')
      assert.equal(await client.next(sealed), '250 QUIT')
      client.end()
      await within(served, 'the end')
      assert.deepEqual(commands, ['NOOP', 'STARTTLS', 'MAIL', 'QUIT'])
    })
  }

  test(`an answer smuggled in behind the upgrade is refused by the client (${name})`, async () => {
    await using ends = await open()
    const heard: string[] = []
    const listening = pipe(
      ends.client.source,
      decode(smtp),
      forEach((reply) => void heard.push(reply))
    )
    await dialog(ends.server).write(Buffer.from('250 NOOP\r\n220 ready\r\n250 EVIL\r\n'))
    await assert.rejects(within(listening, 'the refusal', 5_000), ProtocolError)
    assert.deepEqual(heard, ['250 NOOP', '220 ready'])
  })
}
