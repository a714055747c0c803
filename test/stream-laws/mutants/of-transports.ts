/**
 * Faults in `lib/transport`: resets, ends, aborts, room.
 */
import type { Mutant } from './mutant.ts'

export const ofTransports: Mutant[] = [
  {
    fault: 'drain is missed',
    file: 'transport/socket-connection.ts',
    find: 'this.watcher?.drained()',
    replace: '',
    foundBy: ['bounded', 'drained', 'outlet']
  },
  {
    fault: 'a dead connection tells its watcher inside watch()',
    file: 'transport/base-connection.ts',
    find: 'if (death !== undefined) queueMicrotask(() => this.#tellWriter(death.error))',
    replace: 'if (death !== undefined) this.#tellWriter(death.error)',
    foundBy: ['outlet']
  },
  {
    fault: 'a socket always has room',
    file: 'transport/socket-connection.ts',
    find: 'if (queued < socket.writableHighWaterMark || socket.destroyed) return true',
    replace: 'return true',
    foundBy: ['bounded']
  },
  {
    fault: 'a memory pair always has room',
    file: 'transport/memory.ts',
    find: 'this.queued >= peer.#highWater',
    replace: 'false',
    foundBy: ['bounded']
  },
  {
    fault: 'bytes behind a reset are lost: what Node still holds is left there',
    file: 'transport/socket-connection.ts',
    find: 'if (this.death === undefined) this.#takeWhatNodeHolds()',
    replace: '',
    foundBy: ['bytesBeforeReset']
  },
  {
    fault: 'a reset behind unread data passes for an end',
    file: 'transport/socket-connection.ts',
    find: 'if (socket.writable) socket.write(NOTHING, end)',
    replace: 'if (false) end()',
    foundBy: ['bytesBeforeReset', 'lateClaim']
  },
  {
    fault: 'a reset passes for an end while much is queued',
    file: 'transport/socket-connection.ts',
    find: 'if (socket.writable) socket.write(NOTHING, end)',
    replace: 'if (socket.writable && socket.writableLength === 0) socket.write(NOTHING, end)',
    foundBy: ['bytesBeforeReset']
  },
  {
    fault: 'late claim: a sink on a dead connection waits for ever',
    file: 'transport/base-connection.ts',
    find: 'if (death !== undefined) queueMicrotask',
    replace: 'if (false) queueMicrotask',
    foundBy: ['lateClaim']
  },
  {
    fault: 'a sink can be called twice',
    file: 'transport/base-connection.ts',
    find: 'if (this.#sinkUsed) return',
    replace: 'if (false) return',
    foundBy: ['inUse']
  },
  {
    fault: 'the end of the peer ends our half too',
    file: 'transport/accept.ts',
    find: 'allowHalfOpen: true',
    replace: 'allowHalfOpen: false',
    foundBy: ['transcripts', 'proxied']
  },
  {
    fault: 'closing drops the answer: unread input resets the line',
    file: 'transport/socket-connection.ts',
    find: 'this.#discarded = 0\n      socket.resume()',
    replace: 'this.#discarded = 0\n      socket.destroySoon()',
    foundBy: ['ending', 'transcripts']
  },
  {
    fault: 'an abort while our end is on its way cuts nothing',
    file: 'transport/socket-connection.ts',
    find: 'const ending = this.#shutdown && !this.socket.writableFinished',
    replace: 'const ending = this.#shutdown && !this.socket.writableFinished\n    if (ending) return',
    foundBy: ['ending']
  },
  {
    fault: 'a memory connection that was aborted still ends in order',
    file: 'transport/memory.ts',
    find: 'if (this.ended || this.death !== undefined) return\n    this.ended = true',
    replace: 'if (this.ended) return\n    this.ended = true',
    foundBy: ['ending']
  },
  {
    fault: 'a read buffer is read into again while its bytes still wait',
    file: 'transport/read-buffer.ts',
    find: 'handOver && spent ? filled',
    replace: 'handOver ? filled',
    foundBy: ['bounded']
  },
  {
    fault: 'a proxy leaves one side open when the other was reset',
    file: 'proxy.ts',
    find: '    one.abort(error)\n    other.abort(error)\n',
    replace: '',
    foundBy: ['proxied']
  }
]
