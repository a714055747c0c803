/** How command lines arrive: as lines, or as the simplest textbooks have it. `q` ends. */
import { type Codec, delimiter, limits, mapCodec, type PeerError, text } from '../../lib/index.ts'
import { chunk } from './chunk.ts'

export const framings = ['line', 'chunk'] as const
export type Framing = (typeof framings)[number]

const lines = text(delimiter(['\n', '\r\n'], { name: 'command line' }))
const chunks = mapCodec(text(chunk()), 'chunk', {
  read: (typed: string) => typed.replace(/\r?\n$/, ''),
  write: (line: string) => line
})

export function commandCodec(framing: Framing): Codec<string> {
  return framing === 'line' ? lines : chunks
}

/** A line that is too long or no text is told so, and costs nothing else; an endless one is no line. */
export const tolerant = { onOversize: 'skip', onFault: 'item', maxBodyBytes: limits.discardBytes } as const

/** Ends a conversation. */
export const quit = 'q'

/** A command line, or what was wrong with it. */
export type Line = string | PeerError
