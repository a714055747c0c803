import { decode, delimiter, encode, pipe } from '../../../lib/index.ts'
import type { Subject } from '../framework/subject.ts'

const line = delimiter('\n', { keep: true })

/** An echo of whole lines: what is no line yet is a frame that its peer owes. */
export const subject: Subject = {
  server: { name: 'lines', endpoints: [], open: () => (peer) => pipe(peer, decode(line), encode(line), peer) }
}
