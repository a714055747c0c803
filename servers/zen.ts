/**
 * Zen: ask half of an aphorism, ending in `?`; get the other half, ending in `.`
 *
 *   C: Simple is better than?
 *   S: Complex.
 *
 * Framing: delimiter both ways, kept. Questions may be pipelined; answers keep their order.
 */
import {
  batched,
  type Client,
  connect,
  decode,
  delimiter,
  each,
  encode,
  file,
  forEach,
  map,
  ProtocolError,
  pipe,
  type Server,
  type Source,
  tap,
  text
} from '../lib/index.ts'

export const question = text(delimiter('?', { keep: true, maxBytes: 1024 }))
export const answer = text(delimiter('.', { keep: true, maxBytes: 1024 }))

export type Answers = ReadonlyMap<string, string>

const pythonZen: Answers = new Map([
  ['Beautiful is better than?', 'Ugly.'],
  ['Explicit is better than?', 'Implicit.'],
  ['Simple is better than?', 'Complex.']
])
const unknown = 'Error: unknown aphorism.'

export const zen: Server<{ answers: Answers }> = {
  name: 'zen',
  summary: 'Completes aphorisms of the Zen of Python',
  endpoints: ['tcp://127.0.0.1:1060'],
  options: { answers: file('JSON table of questions and answers', parseAnswers, pythonZen) },
  open:
    ({ answers }) =>
    (peer) =>
      pipe(
        peer,
        decode(question),
        map((asked) => answers.get(asked) ?? unknown),
        encode(answer),
        peer
      )
}

/** Reads `{ "Question?": "Answer." }`, and checks each pair as the codecs will. */
export function parseAnswers(content: string): Answers {
  const table: unknown = JSON.parse(content)
  if (typeof table !== 'object' || table === null || Array.isArray(table)) throw new Error('not a JSON object')
  const answers = new Map<string, string>()
  for (const [asked, told] of Object.entries(table)) {
    if (typeof told !== 'string') throw new Error(`the answer to ${JSON.stringify(asked)} is not text`)
    question.encoder().push([asked], [])
    answer.encoder().push([told], [])
    answers.set(asked, told)
  }
  return answers
}

export const zenClient: Client = {
  name: 'zen',
  summary: 'Asks the question of the message, or all of standard input',
  endpoint: 'tcp://127.0.0.1:1060',
  options: {},
  async run({ endpoint, tls, login, message, input, print, signal }) {
    await using server = await connect(endpoint, { signal, tls, login })
    const questions = message === undefined ? questionsIn(input) : batched([message])
    let open = 0
    await pipe(
      questions,
      tap(() => open++),
      encode(question),
      server,
      decode(answer),
      tap(() => open--),
      forEach(print)
    )
    if (open !== 0) throw new ProtocolError(`the server ended with ${open} questions unanswered`)
  }
}

/** Questions as people type them: each ends in `?`, blanks and line ends between two of them mean nothing. */
async function* questionsIn(input: Source<Uint8Array>): AsyncGenerator<string[]> {
  const utf8 = new TextDecoder()
  let typed = ''
  for await (const chunk of each(input)) {
    typed += utf8.decode(chunk, { stream: true })
    const end = typed.lastIndexOf('?') + 1
    yield (typed.slice(0, end).match(/[^?]*\?/g) ?? []).map((asked) => asked.trimStart())
    typed = typed.slice(end).trimStart()
    if (typed.length > 1024) break
  }
  if (typed !== '') yield [typed]
}
