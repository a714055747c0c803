/** Ping-pong: on each connection one message is out; when it is back, it is sent again. Told: SIZE CONNECTIONS [tls]. */
import type { Socket } from 'node:net'
import { args, check, load, run, type Talk } from './load.ts'

const secured = args[2] === 'tls'
const [size = 64, connections = 1] = args.map(Number)
const message = Buffer.from(Array.from({ length: size }, (_, index) => (index * 31) % 251))

const talk = (socket: Socket): Talk => {
  let back = 0
  return {
    go: () => void socket.write(message),
    bytes(count) {
      if (load.checking) check(message, back, count)
      back += count
      if (back < size) return
      back = 0
      load.count++
      if (load.going) socket.write(message)
    }
  }
}

await run(connections, talk, secured)
