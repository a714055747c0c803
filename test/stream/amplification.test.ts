/**
 * One read of many small frames with large answers: what waits to be sent stays small, pulled and driven alike, and every
 * answer still comes, in order.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  batched,
  type Connection,
  collect,
  decode,
  delimiter,
  encode,
  length,
  map,
  mapAsync,
  memoryPair,
  pipe
} from '../../lib/index.ts'
import type { BaseConnection } from '../../lib/transport/base-connection.ts'
import { turn } from '../support/wait.ts'

const questions = 16_384
const answerBytes = 1024
const line = delimiter('\n')
const block = length({ prefix: 4 })

/** An answer that tells its place. */
function answering(): () => Uint8Array {
  let count = 0
  return () => {
    const bytes = Buffer.alloc(answerBytes)
    bytes.writeUInt32BE(count++)
    return bytes
  }
}

const handlers: Record<string, (peer: Connection) => Promise<void>> = {
  driven: (peer) => pipe(peer, decode(line), map(answering()), encode(block), peer),
  pulled: (peer) => {
    const answer = answering()
    return pipe(
      peer,
      decode(line),
      mapAsync(async () => answer()),
      encode(block),
      peer
    )
  }
}

for (const [way, handler] of Object.entries(handlers)) {
  test(`${way}: 32 KiB of questions for 16 MiB of answers`, async () => {
    const [client, server] = memoryPair()
    const handled = handler(server)
    const asking = client.sink(batched([Buffer.from('x\n'.repeat(questions))]))
    for (let turns = 0; turns < 50; turns++) await turn()
    const { queued } = server as BaseConnection<Uint8Array>
    assert.ok(queued >= 65_536 && queued < 1_000_000, `${queued} bytes wait for a peer that reads nothing`)
    const answers = await pipe(client, decode(block), collect({ maxBytes: 32_000_000 }))
    await Promise.all([handled, asking])
    assert.equal(answers.length, questions)
    const inOrder = answers.every((answer, index) => Buffer.from(answer).readUInt32BE() === index)
    assert.ok(inOrder, 'the answers are not in order')
  })
}
