/**
 * T11, our form: as naive-backlog.mjs, with a listener of ours. What the kernel accepts while the loop is blocked is the
 * backlog; a process of its own, for a blocked loop could not run the test.
 */
import { readSync } from 'node:fs'
import { listen } from '../../lib/index.ts'

const { endpoint } = await listen('tcp://127.0.0.1:0')
process.stdout.write(`listener listening at ${endpoint}\n`)
setImmediate(() => {
  readSync(0, Buffer.alloc(1))
  process.exit()
})
