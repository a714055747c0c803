/**
 * The asking end of any request/reply protocol: requests are pipelined, replies come in the order of the requests.
 */
import { AbortedError, ConnectionResetError, ProtocolError, QueueFullError } from './errors.ts'
import { channel } from './stream/channel.ts'
import { decode } from './stream/decode.ts'
import { encode } from './stream/encode.ts'
import { pipe } from './stream/pipe.ts'
import type { Codec, Connection } from './types.ts'

export interface Requests<Request, Reply> {
  /**
   * Sends a request and resolves with its reply. Many may be on their way. Aborting gives up waiting; the reply, when it
   * comes, is dropped, so that later ones still find their requests.
   *
   * @throws FrameRefusedError, FrameOverLimitError for a request that the codec cannot carry: nothing was sent
   * @throws ProtocolError when the peer ends with this request unanswered
   */
  ask(request: Request, options?: { signal?: AbortSignal }): Promise<Reply>
  /** Waits for the replies still owed, ends our half, closes. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

interface Waiting<Reply> {
  resolve(reply: Reply): void
  reject(error: unknown): void
}

/**
 * Makes a connection one that answers questions.
 *
 * @param reply the codec of the replies; that of the requests where it is left out
 * @param maxWaiting requests that may be on their way at a time (1,024); one more is refused with a `QueueFullError`
 * @example
 *   await using zen = requests(await connect('tcp://127.0.0.1:1060'), question, answer)
 *   console.log(await zen.ask('Simple is better than?'))
 */
export function requests<Request, Reply = Request>(
  connection: Connection,
  request: Codec<Request>,
  reply: Codec<Reply> = request as unknown as Codec<Reply>,
  { maxWaiting = 1024 }: { maxWaiting?: number } = {}
): Requests<Request, Reply> {
  const out = channel<Request>({ capacity: maxWaiting, policy: 'strict' })
  const waiting: Waiting<Reply>[] = []
  let over: { error: unknown } | undefined
  /** The connection is ending in good order: that its reader hears of it is no fault. */
  let closing = false
  let whenNoneWaits: (() => void) | undefined

  const fail = (error: unknown): void => {
    over ??= { error }
    for (const { reject } of waiting.splice(0)) reject(error)
    whenNoneWaits?.()
  }
  const sending = pipe(out, encode(request), connection).catch(fail)
  const receiving = (async () => {
    for await (const replies of pipe(connection, decode(reply))) {
      for (const one of replies) {
        const first = waiting.shift()
        if (first === undefined) throw new ProtocolError('a reply came that nobody asked for')
        first.resolve(one)
        if (waiting.length === 0) whenNoneWaits?.()
      }
    }
    fail(
      waiting.length > 0
        ? new ProtocolError(`the peer ended with ${waiting.length} requests unanswered`)
        : new ConnectionResetError(connection.remote)
    )
  })().catch((error: unknown) => {
    fail(error)
    if (!closing) connection.abort(error)
  })
  const close = async (): Promise<void> => {
    over ??= { error: new AbortedError('the connection was closed by our side') }
    out.end()
    await sending
    await new Promise<void>((resolve) => {
      whenNoneWaits = resolve
      if (waiting.length === 0) resolve()
    })
    closing = true
    await connection.close()
    await receiving
  }
  return {
    ask(frame, { signal } = {}) {
      return new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        if (over !== undefined) throw over.error
        if (waiting.length >= maxWaiting) throw new QueueFullError(maxWaiting)
        request.encoder().push([frame], [])
        out.push([frame])
        const aborted = (): void => reject(signal?.reason)
        const settled = (): void => signal?.removeEventListener('abort', aborted)
        signal?.addEventListener('abort', aborted, { once: true })
        waiting.push({
          resolve(answer) {
            settled()
            resolve(answer)
          },
          reject(error) {
            settled()
            reject(error)
          }
        })
      })
    },
    close,
    [Symbol.asyncDispose]: close
  }
}
