/**
 * A proxy: what comes in at one connection goes out at the other, both ways, half-close included.
 *
 * Here the end is the end of the frame: nothing tells a cut stream from a whole one, so where one side is reset the other
 * is cut too.
 */
import type { Connection } from './types.ts'

/**
 * Joins two connections until both are through. When one direction fails, both connections are cut.
 *
 * @throws the fault of the direction that failed first
 * @example
 *   for await (const inner of listener) {
 *     connect('tcp://127.0.0.1:1060').then((outer) => proxy(inner, outer)).catch((error) => inner.abort(error))
 *   }
 */
export async function proxy(one: Connection, other: Connection): Promise<void> {
  try {
    await Promise.all([one.sink(other.source), other.sink(one.source)])
  } catch (error) {
    one.abort(error)
    other.abort(error)
    throw error
  }
  await Promise.all([one.close(), other.close()])
}
