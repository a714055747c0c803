import { batched, pipe } from '../../../lib/index.ts'
import type { Subject } from '../framework/subject.ts'
import { bystanderHost } from '../framework/victim.ts'

/** Tells its peer who it is and ends; an echo to the bystander. */
export const subject: Subject = {
  server: {
    name: 'remote',
    endpoints: [],
    open: () => (peer) => {
      const { host, port, path } = peer.remote
      if (host === bystanderHost) return pipe(peer, peer)
      return pipe(batched([Buffer.from(path ?? `${host} ${port}`)]), peer)
    }
  }
}
