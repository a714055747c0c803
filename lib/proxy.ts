/**
 * A proxy: what comes in at one connection goes out at the other, both ways, half-close included.
 *
 * Here the end is the end of the frame: nothing tells a cut stream from a whole one, so where one side is reset the other
 * is cut too.
 */
import type { Connection, Transform } from './types.ts'

/** What stands between two connections, each way; nothing unless given. */
export interface ProxyOptions {
  /** For what the first one sends. */
  readonly up?: Transform<Uint8Array, Uint8Array>
  /** For what the other one sends. */
  readonly down?: Transform<Uint8Array, Uint8Array>
}

/**
 * Joins two connections until both are through. When one direction fails, both connections are cut.
 *
 * @throws the fault of the direction that failed first
 * @example
 *   for await (const inner of listener) {
 *     connect('tcp://127.0.0.1:1060').then((outer) => proxy(inner, outer)).catch((error) => inner.abort(error))
 *   }
 */
export async function proxy(one: Connection, other: Connection, options: ProxyOptions = {}): Promise<void> {
  const { up = unchanged, down = unchanged } = options
  try {
    await Promise.all([one.sink(down(other.source)), other.sink(up(one.source))])
  } catch (error) {
    one.abort(error)
    other.abort(error)
    throw error
  }
  await Promise.all([one.close(), other.close()])
}

function unchanged<T>(source: T): T {
  return source
}
