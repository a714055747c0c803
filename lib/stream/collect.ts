import { CollectLimitError } from '../errors.ts'
import { limits, wholeNumber } from '../limits.ts'
import type { Sink } from '../types.ts'
import { nextTurn, turnIsOver } from './turn.ts'

export interface CollectOptions {
  /** The most bytes to collect, counted over the items that are bytes or text (16 MiB). */
  maxBytes?: number
  /** The most items to collect (65,536). */
  maxItems?: number
}

/**
 * All items of a stream in one array.
 *
 * @throws CollectLimitError when there is more than the limits allow; the source is cancelled
 * @example const answers = await pipe(peer, decode(answer), collect())
 */
export function collect<T>(options: CollectOptions = {}): Sink<T, Promise<T[]>> {
  const maxBytes = wholeNumber('maxBytes', options.maxBytes ?? limits.messageBytes, 0)
  const maxItems = wholeNumber('maxItems', options.maxItems ?? limits.messageBlocks, 0)
  return async (source) => {
    const items: T[] = []
    let bytes = 0
    for await (const batch of source) {
      for (const item of batch) {
        bytes += sizeOf(item)
        if (bytes > maxBytes) throw new CollectLimitError(maxBytes, 'bytes')
        if (items.length === maxItems) throw new CollectLimitError(maxItems, 'items')
        items.push(item)
      }
      if (turnIsOver()) await nextTurn()
    }
    return items
  }
}

function sizeOf(item: unknown): number {
  if (item instanceof Uint8Array) return item.byteLength
  return typeof item === 'string' ? item.length : 0
}
