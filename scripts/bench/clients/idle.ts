/**
 * Opens connections, sends one message on each, waits for the echoes, says so, and holds them. It is told PORT and
 * how many; on `close` it ends them and says so when the server has too.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'

const [port = 0, count = 0] = process.argv.slice(2).map(Number)
/** Opened at a time, so that no backlog overflows. */
const atOnce = 100
const message = Buffer.alloc(64, 'm')

const sockets: Socket[] = []
while (sockets.length < count) {
  sockets.push(...(await Promise.all(Array.from({ length: Math.min(atOnce, count - sockets.length) }, converse))))
}
console.log('idle')

for await (const command of createInterface({ input: process.stdin })) {
  if (command === 'close') break
}
await Promise.all(sockets.map(close))
console.log('closed')

async function converse(): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(message)
  let back = 0
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.on('data', (chunk: Buffer) => {
      back += chunk.length
      if (back === message.length) resolve()
    })
  })
  return socket
}

async function close(socket: Socket): Promise<void> {
  socket.end()
  await once(socket, 'close')
}
