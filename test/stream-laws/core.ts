/**
 * The seam: everything of the core that the laws touch, through one door.
 *
 * A law gets the core as a value of type `Core` and imports nothing else of `lib` that runs. So the same law runs over
 * the real core and over every mutant: a patched copy of `lib` has a copy of this file beside it (see mutate.ts), with
 * error classes and symbols of its own.
 */
export { AbortedError, ConnectionResetError, InUseError } from '../../lib/errors.ts'
export { limits } from '../../lib/limits.ts'
export { proxy } from '../../lib/proxy.ts'
export { channel } from '../../lib/stream/channel.ts'
export { filter } from '../../lib/stream/filter.ts'
export { flatMap } from '../../lib/stream/flat-map.ts'
export { hub } from '../../lib/stream/hub.ts'
export { items } from '../../lib/stream/items.ts'
export { map } from '../../lib/stream/map.ts'
export { mapAsync } from '../../lib/stream/map-async.ts'
export { pipe } from '../../lib/stream/pipe.ts'
export { stage } from '../../lib/stream/stage.ts'
export { take } from '../../lib/stream/take.ts'
export { tap } from '../../lib/stream/tap.ts'
export { DONE, DRIVE } from '../../lib/symbols.ts'
export { connect } from '../../lib/transport/connect.ts'
export { listen } from '../../lib/transport/listen.ts'
export { memoryPair } from '../../lib/transport/memory.ts'

export type Core = typeof import('./core.ts')
