/** Churn: connect, send one message and the end, read its echo and the end; then the next. Told: LANES at a time. */
import { connect } from 'node:net'
import { obey } from '../commands.ts'
import { args, fail, load, measure, port } from './load.ts'

const [lanes = 16] = args.map(Number)
const message = Buffer.alloc(64, 'x')
// Ports of what was just closed rest for a while: each lane has those of an address of its own, where there are such.
const address = (lane: number) => (process.platform === 'linux' ? { localAddress: `127.0.1.${lane + 1}` } : {})

await obey(async (seconds) => {
  load.going = true
  const running = Array.from({ length: lanes }, (_, lane) => keepOn(lane))
  const figure = await measure(seconds)
  load.going = false
  await Promise.all(running)
  return figure
})

async function keepOn(lane: number): Promise<void> {
  while (load.going) {
    await talk(lane)
    load.count++
  }
}

function talk(lane: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', ...address(lane) }, () => socket.end(message))
    let back = 0
    socket.on('data', (bytes) => {
      back += bytes.length
    })
    socket.on('error', fail).on('close', () => {
      if (back === message.length) resolve()
      else fail(new Error(`${back} of ${message.length} bytes came back`))
    })
  })
}
