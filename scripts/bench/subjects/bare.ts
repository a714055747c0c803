/** The settings of every rival server: those that `serve` has too, so that none wins by another socket option. */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { announce } from './serving.ts'

export function bare(onConnection: (socket: Socket) => void, { noDelay = true } = {}): void {
  const server = createServer({ noDelay, allowHalfOpen: true }, onConnection)
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => announce((server.address() as AddressInfo).port))
}
