/**
 * A server for large-body.test.ts, in a process of its own so that its memory is its own: gives the payload of every frame
 * back as it comes, and tells its memory when asked.
 */
import { createInterface } from 'node:readline'
import { type Body, bodies, decode, length, pipe, serve } from '../../lib/index.ts'

const service = await serve({
  name: 'large',
  endpoints: ['tcp://127.0.0.1:0'],
  open: () => (peer) =>
    pipe(
      peer,
      decode(length({ prefix: 8, maxBytes: 1024 }), { onOversize: 'body' }),
      bodies(),
      async function* (source) {
        for await (const items of source) {
          for (const item of items) yield* item instanceof Uint8Array ? [[item]] : (item as Body).body
        }
      },
      peer
    )
})
console.log(service.endpoints[0])
let most = 0
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss())
}, 5)
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'begin') most = process.memoryUsage.rss()
  console.log(most)
}
clearInterval(watch)
await service.stop()
