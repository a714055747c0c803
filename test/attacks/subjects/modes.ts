/**
 * The first byte of a connection says how its handler behaves: `e` echoes, `s` sleeps for ever, `t` throws at once, `r`
 * rejects later, `b` breaks out of its input, `f` throws in its finally.
 */
import { type Connection, pipe, type Source } from '../../../lib/index.ts'
import type { Subject } from '../framework/subject.ts'
import { bystanderHost } from '../framework/victim.ts'

const counts = { entered: 0, left: 0 }
/** A new one each time: one for all would keep all that wait for it. */
const never = (): Promise<never> => new Promise(() => {})

async function* behave(source: Source<Uint8Array>): Source<Uint8Array> {
  let mode: string | undefined
  for await (const batch of source) {
    if (mode === undefined) {
      const first = batch.find((bytes) => bytes.byteLength > 0)
      if (first === undefined) continue
      mode = String.fromCharCode(first[0] as number)
      if (mode === 's') await never()
      if (mode === 'b') return
      if (mode === 'f') {
        try {
          yield [first]
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: that is the fault which is planted here
          throw new Error('thrown in a finally')
        }
      }
      if (mode === 'r') {
        await new Promise((resolve) => setImmediate(resolve))
        throw new Error('rejected later')
      }
      yield batch.map((bytes) => (bytes === first ? bytes.subarray(1) : bytes))
    } else {
      yield batch
    }
  }
}

async function handle(peer: Connection): Promise<void> {
  counts.entered++
  try {
    await pipe(peer, behave, peer)
  } finally {
    counts.left++
  }
}

/** What the next handlers do, of connections that are not the bystander's: throw before they have made a promise, never return. */
const next = { throwing: 0, sleeping: 0 }

export const subject: Subject = {
  server: {
    name: 'modes',
    endpoints: [],
    open: () => (peer) => {
      if (peer.remote.host === bystanderHost) return handle(peer)
      if (next.throwing > 0) {
        next.throwing--
        throw new Error('thrown at once')
      }
      if (next.sleeping > 0) {
        next.sleeping--
        return never()
      }
      return handle(peer)
    }
  },
  commands: {
    counts: () => counts,
    next: (wanted: Partial<typeof next>) => {
      Object.assign(next, wanted)
    }
  }
}
