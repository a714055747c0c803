import { pipe } from '../../../lib/index.ts'
import type { Subject } from '../framework/subject.ts'

/** An echo behind a gate that waits for the first line feed. */
export const subject: Subject = {
  server: { name: 'login', endpoints: [], open: () => (peer) => pipe(peer, peer) },
  gates: [
    async (peer) => {
      const iterator = peer.source[Symbol.asyncIterator]()
      const heard: Uint8Array[] = []
      while (!heard.some((bytes) => bytes.includes(10))) {
        const { done, value } = await iterator.next()
        if (done) throw new Error('it left before its login')
        heard.push(...value)
      }
      async function* rest(): AsyncGenerator<Uint8Array[]> {
        const whole = Buffer.concat(heard)
        yield [whole.subarray(whole.indexOf(10) + 1)]
        for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
      }
      return Object.create(peer, { source: { value: rest() } })
    }
  ]
}
