/** Ping-pong: on each connection one message is out; when it is back, it is sent again. Told: SIZE CONNECTIONS. */
import { args, check, load, run } from './load.ts'

const [size = 64, connections = 1] = args.map(Number)
const message = Buffer.from(Array.from({ length: size }, (_, index) => (index * 31) % 251))

await run(connections, (socket) => {
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
})
