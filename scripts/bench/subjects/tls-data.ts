/** Echo over node:tls by hand: as echo-data.ts, with the suite that ours speaks. */
import type { AddressInfo } from 'node:net'
import { createServer, type TlsOptions } from 'node:tls'
import { certificate, suite } from './certificate.ts'
import { announce } from './serving.ts'

const options = { ...certificate(), ciphers: suite, noDelay: true, allowHalfOpen: true } as TlsOptions
const server = createServer(options, (socket) => {
  socket.on('data', (chunk) => {
    if (!socket.write(chunk)) socket.pause()
  })
  socket.on('drain', () => socket.resume())
  socket.on('end', () => socket.end())
  socket.on('error', () => socket.destroy())
})
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => announce((server.address() as AddressInfo).port))
