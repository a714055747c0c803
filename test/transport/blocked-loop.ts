/**
 * T11: listens, says where, and blocks its loop until a line comes in: what the kernel then still accepts is the
 * backlog. A process of its own, for a blocked loop could not run the test.
 *
 *   node --import tsx test/transport/blocked-loop.ts naive|ours
 */
import { readSync } from 'node:fs'
import { createServer } from 'node:net'
import { listen } from '../../lib/index.ts'
import { listening } from '../support/raw.ts'

const endpoint =
  process.argv[2] === 'ours'
    ? (await listen('tcp://127.0.0.1:0')).endpoint
    : `tcp://127.0.0.1:${await listening(createServer())}`
process.stdout.write(`server listening at ${endpoint}\n`)
setImmediate(() => {
  readSync(0, Buffer.alloc(1))
  process.exit()
})
