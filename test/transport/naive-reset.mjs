/**
 * T6, the naive form, as a process of its own because it does not survive: a handler that has something else to do
 * before it reads, and so nobody listens for errors.
 */
import { createServer } from 'node:net'

const server = createServer({ allowHalfOpen: true }, async (socket) => {
  process.stdout.write('busy\n')
  await new Promise((resolve) => process.stdin.once('data', resolve))
  for await (const _ of socket);
})
server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`naive listening at tcp://127.0.0.1:${server.address().port}\n`)
)
