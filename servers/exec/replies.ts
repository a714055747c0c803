/**
 * How an answer goes over the wire:
 *
 *   length   4 bytes of length (little-endian, signed), stdout, stderr
 *   json     4 bytes of length, {"data_size": n, "exit_code": 0, "signal": null, ...}, stdout, stderr
 *   ack      the length in decimal, an acknowledgement of the client, stdout, stderr
 *   stream   frames as the output comes: 1 (stdout), 2 (stderr) or 0 (the end), 4 bytes of length, the bytes;
 *            at the end {"exit_code": 0, "signal": null, "outcome": "exited"}
 *
 * Where a command did not simply end, a line `Error: ...` behind its output says why.
 */
import { type Codec, length, type Stage, stage } from '../../lib/index.ts'
import type { Ended, Output, Progress } from './progress.ts'
import { quiet } from './progress.ts'

export const replyKinds = ['length', 'json', 'ack', 'stream'] as const
export type ReplyKind = (typeof replyKinds)[number]

/** What the number can say. */
const mostBytes = 2 ** 31 - 1

/** As Python's `struct.pack('i', n)` writes it on every machine of today. */
export const counted: Codec<Uint8Array> = length({ prefix: 4, endian: 'little', signed: true, maxBytes: mostBytes })

/** A piece of output, or the end: `header` is the file descriptor, 0 for the end. */
export const streamed = length({
  offset: 1,
  prefix: 4,
  endian: 'little',
  signed: true,
  header: {
    read: (bytes, at) => bytes[at] as number,
    write: (tag: number, into, at) => {
      into[at] = tag
    }
  }
})

/** In JSON, as it stands in front of an answer or behind a stream. */
export interface ReplyHeader {
  readonly data_size?: number
  readonly stdout_size?: number
  readonly stderr_size?: number
  readonly exit_code: number | null
  readonly signal: string | null
  readonly outcome: string
  readonly error?: string
}

const nothing = new Uint8Array(0)

/** What is heard of commands becomes bytes. `ack` waits for its client and is no stage. */
export function replyStage(kind: Exclude<ReplyKind, 'ack'>): Stage<Progress, Uint8Array> {
  return stage(`reply ${kind}`, () => {
    const answer = new Answer()
    return {
      push(batch, out) {
        for (const item of batch) {
          // An empty write finds out whether the peer is still there.
          if (item === quiet) out.push(nothing)
          else if (kind === 'stream') frame(item, out)
          else if ('from' in item) answer.add(item)
          else kind === 'json' ? withHeader(answer, item, out) : counted.encoder().push([answer.take(item)], out)
        }
      }
    }
  })
}

/** All that a command said, until it has ended. */
export class Answer {
  #said: Record<Output['from'], Uint8Array[]> = { stdout: [], stderr: [] }

  add({ from, bytes }: Output): void {
    this.#said[from].push(bytes)
  }

  size(from: Output['from']): number {
    return this.#said[from].reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  /** The whole of it, and it begins anew. */
  take(ended: Ended): Uint8Array {
    const body = Buffer.concat([...this.#said.stdout, ...this.#said.stderr])
    this.#said = { stdout: [], stderr: [] }
    if (ended.why === undefined) return body
    const begin = body.length === 0 || body.at(-1) === 0x0a ? '' : '\n'
    return Buffer.concat([body, Buffer.from(`${begin}Error: ${ended.why}\n`)])
  }
}

function withHeader(answer: Answer, ended: Ended, out: Uint8Array[]): void {
  const sizes = { stdout_size: answer.size('stdout'), stderr_size: answer.size('stderr') }
  const body = answer.take(ended)
  counted.encoder().push([headerOf(ended, { data_size: body.byteLength, ...sizes })], out)
  out.push(body)
}

function frame(item: Output | Ended, out: Uint8Array[]): void {
  const encoder = streamed.encoder()
  if ('from' in item) encoder.push([{ header: item.from === 'stdout' ? 1 : 2, payload: item.bytes }], out)
  else encoder.push([{ header: 0, payload: headerOf(item) }], out)
}

function headerOf({ exitCode, signal, outcome, why }: Ended, sizes: Partial<ReplyHeader> = {}): Uint8Array {
  const header: ReplyHeader = {
    ...sizes,
    exit_code: exitCode,
    signal,
    outcome,
    ...(why === undefined ? {} : { error: why })
  }
  return Buffer.from(JSON.stringify(header))
}
