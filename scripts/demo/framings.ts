/** The readers that the demonstration sets side by side: one that believes in chunks, and one for each framing. */
import { type Codec, chunked, close, delimiter, fixed, halfClose, length } from '../../lib/index.ts'

export interface Framing {
  readonly name: string
  /** Undefined for who takes each chunk for a message. */
  codec(messageBytes: number): Codec<Uint8Array> | undefined
  /** Where the end of the stream is the end of the message, each message has a connection of its own. */
  readonly perMessage?: true
  /** And the sender, which ended only its own half, still gets an answer. */
  readonly answered?: true
}

export const framings: readonly Framing[] = [
  { name: 'naive', codec: () => undefined },
  { name: 'close', codec: () => close(), perMessage: true },
  { name: 'half-close', codec: () => halfClose(), perMessage: true, answered: true },
  { name: 'fixed', codec: (bytes) => fixed(bytes) },
  { name: 'delimiter', codec: () => delimiter('\n') },
  { name: 'length', codec: () => length({ prefix: 4 }) },
  { name: 'chunked', codec: () => chunked() }
]
