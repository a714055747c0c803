import { pipe } from '../../../lib/index.ts'
import type { Subject } from '../framework/subject.ts'
import { bystanderHost } from '../framework/victim.ts'

/** An echo behind a gate that knows nobody but the bystander, and hears the others out. */
export const subject: Subject = {
  server: { name: 'login', endpoints: [], open: () => (peer) => pipe(peer, peer) },
  gates: [
    async (peer) => {
      if (peer.remote.host === bystanderHost) return peer
      for await (const _ of peer.source);
      throw new Error('it left before its login')
    }
  ]
}
