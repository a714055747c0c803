/**
 * One frame of 4 GiB through a server that reads it as a body and gives it back: its memory grows by 64 MiB at most, also
 * while the client reads nothing, and every byte arrives.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as pass } from 'node:timers/promises'
import { Child } from '../support/child.ts'
import { signpost, within } from '../support/wait.ts'

const MiB = 2 ** 20
const total = 4096 * MiB
/** A first frame, after which the server's memory is that of a server at work. */
const warm = 64 * MiB
const block = Buffer.from(Array.from({ length: MiB }, (_, index) => (index * 31 + (index >> 8)) & 255))
/** Wherever a read begins, what it must be stands here in one piece. */
const twice = Buffer.concat([block, block])
/** From here on the client reads nothing until it cannot send any more. */
const stop = 8 * MiB

test('4 GiB in one frame, and a client that does not read for a while: at most 64 MiB of memory', async (t) => {
  const child = new Child(process.execPath, [...process.execArgv, `${import.meta.dirname}/large-body-server.ts`])
  const { port } = new URL(await child.lineAt(0))
  const warmed = signpost()
  const all = signpost()
  const scratch = Buffer.alloc(256 * 1024)
  const count = { sent: 0, got: 0 }
  const socket = connect({
    port: Number(port),
    host: '127.0.0.1',
    onread: {
      buffer: scratch,
      callback(bytes) {
        const at = count.got % MiB
        assert.equal(twice.compare(scratch, 0, bytes, at, at + bytes), 0, `other bytes at ${count.got}`)
        const before = count.got
        count.got += bytes
        if (before < warm && count.got >= warm) warmed.pass()
        if (count.got === warm + total) all.pass()
        return before >= warm + stop || count.got < warm + stop
      }
    }
  })
  t.after(() => socket.destroy())
  const failed = once(socket, 'close').then(() => assert.fail(`closed after ${count.got} bytes`))
  await Promise.race([Promise.all([send(socket, count, warm), warmed.passed]), failed])
  const before = Number(await child.write('begin\n').lineAt(1))
  const sent = send(socket, count, total)
  await Promise.race([standstill(count), failed])
  assert.ok(count.sent < total && count.got < warm + 2 * stop, `${count.sent} sent, ${count.got} read`)
  socket.resume()
  await within(Promise.race([Promise.all([sent, all.passed]), failed]), 'all of it', 120_000)
  const most = Number(await child.write('end\n').lineAt(2))
  t.diagnostic(`memory grew by ${((most - before) / MiB).toFixed(1)} MiB`)
  assert.ok(most - before <= 64 * MiB, `memory grew by ${(most - before) / MiB} MiB`)
  failed.catch(() => {})
})

async function send(socket: Socket, count: { sent: number }, size: number): Promise<void> {
  const header = Buffer.alloc(8)
  header.writeBigUInt64BE(BigInt(size))
  socket.write(header)
  for (let left = size; left > 0; left -= MiB, count.sent += MiB) if (!socket.write(block)) await once(socket, 'drain')
}

/** Nothing moves any more: everybody waits for the one who does not read. */
async function standstill(count: { sent: number; got: number }): Promise<void> {
  for (let still = 0, last = -1; still < 30; still++) {
    await pass(5)
    if (count.sent + count.got !== last || count.got < warm + stop) still = 0
    last = count.sent + count.got
  }
}
