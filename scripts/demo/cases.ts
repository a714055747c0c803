/** The two classic cases, on TCP and on UDP, each with every reader. */
import { batched, type Codec, collect, decode, pipe } from '../../lib/index.ts'
import { overTcp, overUdp } from './exchange.ts'
import { type Framing, framings } from './framings.ts'

export interface Case {
  readonly transport: 'TCP' | 'UDP'
  readonly title: string
  readonly story: string
  readonly messages: readonly string[]
  /** The most that one read takes, in bytes. */
  readonly read?: number
}

/** What one reader saw of a case, and made of it. */
export interface Seen {
  readonly reader: string
  /** One list a connection. */
  readonly chunks: readonly (readonly Uint8Array[])[]
  readonly frames: readonly string[]
  /** Each connection ended, and that was the end of a message. */
  readonly ends: boolean
  readonly answered: boolean
  readonly right: boolean
}

const two = ['tick', 'tock']
const one = ['metronome']

export const cases: readonly Case[] = [
  {
    transport: 'TCP',
    title: 'two quick sends, read as one',
    story: "send('tick'), send('tock'). The reader was busy; its next read takes all there is.",
    messages: two
  },
  {
    transport: 'TCP',
    title: 'one send, read in parts',
    story: "send('metronome'). The reader takes 5 bytes at a time: recv(5).",
    messages: one,
    read: 5
  },
  {
    transport: 'UDP',
    title: 'two quick sends',
    story: 'The same two sends. Datagrams are never glued: all are right while none is lost.',
    messages: two
  },
  {
    transport: 'UDP',
    title: 'one send',
    story: 'The same send. It comes whole or not at all; what has no room is gone.',
    messages: one
  }
]

/** Undefined where a framing makes no sense: UDP has no end. */
export async function look(at: Case, framing: Framing): Promise<Seen | undefined> {
  const { transport, messages, read } = at
  const { name, perMessage = false, answered = false } = framing
  if (transport === 'UDP' && perMessage) return undefined
  const codec = framing.codec((messages[0] as string).length)
  const sends = messages.map((message) => written(codec, message))
  const chunks: Uint8Array[][] = []
  for (const some of perMessage ? sends.map((send) => [send]) : [sends]) {
    chunks.push(
      transport === 'UDP' ? await overUdp(some) : await overTcp(some, read, answered ? 'thank you' : undefined)
    )
  }
  const frames: string[] = []
  for (const some of chunks) {
    const found = codec === undefined ? some : await pipe(batched(some), decode(codec), collect())
    frames.push(...found.map((frame) => String(Buffer.from(frame))))
  }
  const right = frames.length === messages.length && frames.every((frame, index) => frame === messages[index])
  return { reader: name, chunks, frames, ends: perMessage, answered, right }
}

export async function lookWithAll(at: Case): Promise<(Seen | { reader: string })[]> {
  const seen: (Seen | { reader: string })[] = []
  for (const framing of framings) seen.push((await look(at, framing)) ?? { reader: framing.name })
  return seen
}

function written(codec: Codec<Uint8Array> | undefined, message: string): Uint8Array {
  if (codec === undefined) return Buffer.from(message)
  const out: Uint8Array[] = []
  const encoder = codec.encoder()
  encoder.push([Buffer.from(message)], out)
  encoder.end?.(out)
  return Buffer.concat(out)
}
