/**
 * One member speaks, all others listen: so many lines at a time, and the next ones when everybody has got them. Told: LINES
 * MEMBERS. What is counted is lines delivered.
 */
import { args, check, load, offsetOf, run } from './load.ts'

const [lines = 1, members = 200] = args.map(Number)

const begin = '[lobby] <speaker> '
const said = Buffer.from(`${'x'.repeat(100)}\n`.repeat(lines))
const heard = Buffer.from(`${begin}${'x'.repeat(100)}\r\n`)

let connections = 0
/** Bytes that are still on their way to somebody. */
let out = 0
let speak: () => void = () => {}

await run(members + 1, (socket) => {
  if (connections++ === members) {
    speak = () => {
      out += lines * members * heard.length
      socket.write(said)
    }
    socket.write('/nick speaker\n')
    return { bytes() {}, go: () => out === 0 && speak() }
  }
  let got = -1
  return {
    go() {},
    bytes(count) {
      // In front of the first line there may be a welcome.
      const from = got < 0 ? offsetOf(begin, count) : 0
      if (from < 0) return
      got = Math.max(got, 0)
      const bytes = count - from
      if (load.checking && from === 0) check(heard, got, bytes)
      load.count += Math.floor((got + bytes) / heard.length) - Math.floor(got / heard.length)
      got += bytes
      out -= bytes
      if (out === 0 && load.going) speak()
    }
  }
})
