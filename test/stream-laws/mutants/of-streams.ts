/**
 * Faults in `lib/stream`: outcomes, the drive, the two senders, `mapAsync`.
 */
import type { Mutant } from './mutant.ts'

export const ofStreams: Mutant[] = [
  {
    fault: 'the last frame, given out at the end, is lost',
    file: 'stream/chain.ts',
    find: 'step.end?.(next)',
    replace: 'step.end?.([])',
    foundBy: ['stages', 'transcripts']
  },
  {
    fault: 'stages behind a fault are ended',
    file: 'stream/chain.ts',
    find: 'this.#fail(error)\n    }\n    if (index',
    replace: 'this.#fail(error)\n      this.#ending = index + 1\n    }\n    if (index',
    foundBy: ['stages', 'transcripts']
  },
  {
    fault: 'DONE is ignored',
    file: 'stream/chain.ts',
    find: '=== DONE',
    replace: '=== null',
    foundBy: ['stages', 'transcripts', 'ending']
  },
  {
    fault: 'DONE does not beat a fault in front of it',
    file: 'stream/chain.ts',
    find: '=== DONE) {\n        this.#decide(index)',
    replace: '=== DONE && !this.failed) {\n        this.#decide(index)',
    foundBy: ['stages']
  },
  {
    fault: 'of two faults the one farther from the sink wins',
    file: 'stream/chain.ts',
    find: 'this.#decide(index)\n      this.#fail(error)',
    replace: 'const first = this.failed ? this.error : error\n      this.#decide(index)\n      this.#fail(first)',
    foundBy: ['stages']
  },
  {
    fault: 'a fault swallows what was put out before it',
    file: 'stream/chain.ts',
    find: 'this.#decide(index)\n      this.#fail(error)',
    replace: 'this.#decide(index)\n      this.#fail(error)\n      next.length = 0',
    foundBy: ['stages', 'transcripts']
  },
  {
    fault: 'what wants no input is read all the same',
    file: 'stream/fused-iterator.ts',
    find: 'this.#chain.start(out)',
    replace: '',
    foundBy: ['beginning', 'stages']
  },
  {
    fault: 'the outcome of stages is delivered while paused',
    file: 'stream/fused-drive.ts',
    find: 'if (this.#cancelled || this.#paused || this.#waiting',
    replace: 'if (this.#cancelled || this.#waiting',
    foundBy: ['drive']
  },
  {
    fault: 'the batch that waited is delivered inside resume()',
    file: 'stream/inlet.ts',
    find: 'queueMicrotask(() => this.#flush())',
    replace: 'this.#flush()',
    foundBy: ['drive']
  },
  {
    fault: 'batches come after cancel()',
    file: 'stream/inlet.ts',
    find: '    if (this.#over) return this.#discard(batch)\n',
    replace: '',
    foundBy: ['drive']
  },
  {
    fault: 'a channel that ends forgets what was pushed in the same tick',
    file: 'stream/bounded-channel.ts',
    find: 'if (this.#queue.length > 0) {',
    replace: 'if (this.#queue.length > 0 && this.#outcome === undefined) {',
    foundBy: ['drive', 'stages']
  },
  {
    fault: 'late claim: what came before the reader is not kept for it',
    file: 'stream/inlet.ts',
    find: 'if (this.#outcome !== undefined) return\n    this.#outcome = outcome',
    replace: 'if (this.#outcome !== undefined || !this.claimed) return\n    this.#outcome = outcome',
    foundBy: ['lateClaim', 'drive']
  },
  {
    fault: 'bytes behind a reset are lost: a fault drops what waits in front of it',
    file: 'stream/inlet.ts',
    find: 'const queue = this.#queue\n    if',
    replace: 'const queue = this.#outcome?.failed ? undefined : this.#queue\n    if',
    foundBy: ['bytesBeforeReset']
  },
  {
    fault: 'a connection can be read twice',
    file: 'stream/inlet.ts',
    find: 'if (this.claimed) throw',
    replace: 'if (false) throw',
    foundBy: ['inUse']
  },
  {
    fault: 'stages over one source can be read twice',
    file: 'stream/fused.ts',
    find: 'if (this.claim.taken) throw',
    replace: 'if (false) throw',
    foundBy: ['inUse']
  },
  {
    fault: 'the driven sender does not wait for room',
    file: 'stream/send.ts',
    find: 'this.#control?.pause()',
    replace: 'undefined',
    foundBy: ['bounded']
  },
  {
    fault: 'the driven sender misses drain',
    file: 'stream/send.ts',
    find: 'if (!this.settled) this.#control?.resume()',
    replace: '',
    foundBy: ['bounded', 'drained']
  },
  {
    fault: 'the pulling sender does not wait for room',
    file: 'stream/send.ts',
    find: '!this.write(value)) await this.#waitForRoom()',
    replace: 'this.write(value)) continue',
    foundBy: ['bounded']
  },
  {
    fault: 'a sender that waits does not hear that the connection died',
    file: 'stream/send.ts',
    find: 'closed(error: Error): void {\n    if (this.settled) return',
    replace: 'closed(error: Error): void {\n    return',
    foundBy: ['resetWhileWaiting', 'ending', 'transcripts']
  },
  {
    fault: 'the pulling sender misses drain',
    file: 'stream/send.ts',
    find: 'drained(): void {\n    this.#room?.()',
    replace: 'drained(): void {',
    foundBy: ['bounded', 'drained']
  },
  {
    fault: 'the pull queue has no bound',
    file: 'stream/drive-iterator.ts',
    find: 'this.#weight >= limits.highWaterBytes',
    replace: 'false',
    foundBy: ['bounded']
  },
  {
    fault: 'half a frame that ends with the stream looks whole',
    file: 'stream/send.ts',
    find: 'this.#cut?.(',
    replace: 'void (',
    foundBy: ['transcripts']
  },
  {
    fault: 'a fault of mapAsync overtakes the results in front of it',
    file: 'stream/async-mapper.ts',
    find: 'while (this.asked && this.#ready.length > 0)',
    replace: 'while (this.asked && this.#ready.length > 0 && this.#fault === undefined)',
    foundBy: ['stages']
  },
  {
    fault: 'mapAsync reads on before it has taken what it read',
    file: 'stream/async-mapper.ts',
    find: '!this.#reading && !this.#upstream.over',
    replace: '!this.#upstream.reading && !this.#upstream.over',
    foundBy: ['stages']
  }
]
