/** The asking end: sends a command line and prints its answer as it comes, whatever the reply framing. */
import { type Dialog, delimiter, length, ProtocolError, printable, text } from '../../lib/index.ts'
import { commandCodec, type Framing } from './commands.ts'
import { type ReplyHeader, type ReplyKind, streamed } from './replies.ts'

export interface AskOptions {
  readonly reply: ReplyKind
  readonly framing: Framing
  print(output: Uint8Array): Promise<void>
  /** Takes what the command said on its stderr, where the framing tells it apart. */
  printError(output: Uint8Array): Promise<void>
}

const header = length({ prefix: 4, endian: 'little', signed: true, maxBytes: 64 * 1024 })
const decimal = text(delimiter('\n', { maxBytes: 20 }))
/** What is read at a time. */
const pieceBytes = 64 * 1024

/**
 * @returns why the command did not end well, where the framing tells
 * @throws PeerError where the answer is none
 */
export async function ask(talk: Dialog, line: string, options: AskOptions): Promise<string | undefined> {
  const { reply, framing, print, printError } = options
  await talk.send(commandCodec(framing), line)
  if (reply === 'stream') return stream(talk, options)
  if (reply === 'length') {
    await pass(talk, sizeIn(await talk.read(4)), print)
    return undefined
  }
  if (reply === 'ack') {
    const size = await lengthOfAcknowledged(talk, framing)
    await talk.write(Buffer.from('ready\n'))
    await pass(talk, size, print)
    return undefined
  }
  const bytes = await talk.next(header)
  if (bytes === undefined) throw new ProtocolError('the server ended without an answer')
  const told = headerIn(bytes)
  const { data_size: all = 0, stdout_size: out = all, stderr_size: err = 0 } = told
  if (!isSize(all) || !isSize(out) || !isSize(err) || out + err > all) {
    throw new ProtocolError('the header of an answer tells no sizes')
  }
  await pass(talk, out, print)
  await pass(talk, err, printError)
  // What is left says what the header says.
  await pass(talk, all - out - err, async () => {})
  return failureOf(told)
}

async function stream(talk: Dialog, { print, printError }: AskOptions): Promise<string | undefined> {
  for (;;) {
    const frame = await talk.next(streamed)
    if (frame === undefined) throw new ProtocolError('the server ended in the middle of an answer')
    const { header: tag, payload } = frame
    if (tag === 0) return failureOf(headerIn(payload))
    await (tag === 1 ? print : printError)(payload)
  }
}

async function lengthOfAcknowledged(talk: Dialog, framing: Framing): Promise<number> {
  // Where nothing ends the digits, they are what is there when the first one is.
  const digits =
    framing === 'line'
      ? await talk.next(decimal)
      : Buffer.from(await talk.read(1)).toString() + Buffer.from(await talk.read(talk.unreadBytes)).toString()
  if (digits === undefined || !/^\d{1,10}$/.test(digits)) throw new ProtocolError('the server told no length')
  return Number(digits)
}

/** What a stranger wrote: nothing of it must be there, or be what it should. */
function headerIn(bytes: Uint8Array): { [Name in keyof ReplyHeader]?: unknown } {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) ?? { data_size: null }
  } catch (cause) {
    throw new ProtocolError('the header of an answer is no JSON', { cause })
  }
}

function isSize(told: unknown): told is number {
  return Number.isSafeInteger(told) && (told as number) >= 0
}

function sizeIn(bytes: Uint8Array): number {
  const size = Buffer.from(bytes).readInt32LE()
  if (size < 0) throw new ProtocolError(`the server told a length of ${size}`)
  return size
}

async function pass(talk: Dialog, size: number, print: (piece: Uint8Array) => Promise<void>): Promise<void> {
  for (let left = size; left > 0; ) {
    const piece = await talk.read(Math.min(left, pieceBytes))
    left -= piece.byteLength
    await print(piece)
  }
}

/** What is not told is no failure: textbooks tell nothing but the size. */
function failureOf({ outcome = 'exited', error, exit_code = 0 }: ReturnType<typeof headerIn>): string | undefined {
  if (typeof error === 'string') return printable(error)
  if (outcome !== 'exited') return `the command ended by ${printable(String(outcome))}`
  return exit_code === 0 ? undefined : `the command exited with status ${printable(String(exit_code))}`
}
