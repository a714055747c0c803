/**
 * Tells a close_notify from a line that stopped without one, cut by anybody on the way.
 *
 * Node reports both in the same way, as the end of the stream; only in the call that reports it they can be told apart. An
 * end of the line is seen by libuv, which stops reading before it says so. A close_notify is seen by TLS in bytes that
 * came, and then libuv still reads the line, unless we had stopped it in that very read. So the line is asked whether it is
 * being read, in the only way there is: by starting to.
 *
 * This leans on Node's inside (`_handle`, libuv 1.42). Were an answer ever another one, each close_notify would pass for a
 * cut: loud, and on the safe side.
 */
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { getSystemErrorName } from 'node:util'

const BELOW: unique symbol = Symbol('it-serve.below')
const ON_CUT: unique symbol = Symbol('it-serve.onCut')

interface Handle {
  readonly reading: boolean
  readStart(): number
}

type Within = { _handle: Handle | null }
type Watched = TLSSocket & { [BELOW]: Socket; [ON_CUT]: () => void }

/**
 * From now on an `end` of the stream is a close_notify; of any other end `cut` is told, in its place and once.
 *
 * @param below what TLS runs over
 */
export function onLineCut(socket: TLSSocket, below: Socket, cut: () => void): void {
  const watched = socket as Watched
  watched[BELOW] = below
  watched[ON_CUT] = cut
  watched.push = push
}

function push(this: TLSSocket, chunk: unknown, encoding?: BufferEncoding): boolean {
  if (chunk !== null || saidGoodbye(this as Watched)) return Readable.prototype.push.call(this, chunk, encoding)
  ;(this as Watched)[ON_CUT]()
  return false
}

function saidGoodbye(socket: Watched): boolean {
  const below = (socket[BELOW] as unknown as Within)._handle
  if (below === null) return false
  if (!below.reading) return true
  const answer = below.readStart()
  return answer < 0 && getSystemErrorName(answer) === 'EALREADY'
}
