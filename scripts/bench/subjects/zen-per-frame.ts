/**
 * Zen the usual way of async iterables: `it-pipe`, `stream-to-it`, and a generator that yields each question. Told `nagle`:
 * the kernel may hold answers back to join them, which lends this way the batches it does not have.
 */
import { pipe } from 'it-pipe'
import { duplex } from 'stream-to-it'
import { known, maxQuestionBytes, unknown } from '../zen-words.ts'
import { bare } from './bare.ts'

const mark = '?'.charCodeAt(0)
const answers = new Map([...known].map(([question, answer]) => [question, Buffer.from(answer)]))
const noAnswer = Buffer.from(unknown)

async function* questions(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let at = bytes.indexOf(mark, rest.length); at !== -1; at = bytes.indexOf(mark, from)) {
      if (at + 1 - from > maxQuestionBytes) throw new Error('question too long')
      yield bytes.toString('utf8', from, at + 1)
      from = at + 1
    }
    rest = bytes.subarray(from)
    if (rest.length > maxQuestionBytes) throw new Error('question too long')
  }
}

async function* replies(source: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const question of source) yield answers.get(question) ?? noAnswer
}

const noDelay = process.argv[2] !== 'nagle'

bare(
  (socket) => {
    const { source, sink } = duplex<Buffer, Buffer>(socket)
    pipe(source, questions, replies, sink).catch(() => socket.destroy())
  },
  { noDelay }
)
