/**
 * T11, the naive form: listens with the default backlog, says where, and blocks its loop until a byte comes in.
 */
import { readSync } from 'node:fs'
import { createServer } from 'node:net'

const server = createServer().listen(0, '127.0.0.1', () => {
  process.stdout.write(`naive listening at tcp://127.0.0.1:${server.address().port}\n`)
  setImmediate(() => {
    readSync(0, Buffer.alloc(1))
    process.exit()
  })
})
