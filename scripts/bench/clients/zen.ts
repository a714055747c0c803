/**
 * Pipelined questions: so many are out on each connection, and for each answer the next question goes. Told: known|unknown
 * FLIGHT CONNECTIONS.
 *
 * Questions come from a fixed round of them, so that the number of answers follows from the number of bytes and the next
 * questions are a slice of bytes that are there already: the client does next to nothing.
 */
import { known, strange, unknown } from '../zen-words.ts'
import { args, check, load, run } from './load.ts'

const [flight = 256, connections = 20] = args.slice(1).map(Number)

const questions = args[0] === 'known' ? [...known.keys()] : strange
const answers = questions.map((question) => known.get(question) ?? unknown)
const asked = round(questions)
const answered = round(answers)
/** Enough for a whole window, wherever in the round it begins. */
const script = Buffer.from(questions.join('').repeat(Math.ceil(flight / questions.length) + 1))
const expected = Buffer.from(answers.join(''))
/** How many answers are whole after so many bytes of a round of them. */
const whole = Array.from({ length: answered.bytes }, (_, bytes) => answered.starts.findLastIndex((at) => at <= bytes))

function round(texts: readonly string[]) {
  const starts = texts.map((_, index) => Buffer.byteLength(texts.slice(0, index).join('')))
  return { starts, bytes: Buffer.byteLength(texts.join('')) }
}

/** The next `count` questions, of which `sent` were asked before. */
function next(sent: number, count: number): Buffer {
  const first = sent % questions.length
  const last = first + count
  const end = Math.floor(last / questions.length) * asked.bytes + asked.starts[last % questions.length]!
  return script.subarray(asked.starts[first], end)
}

await run(connections, (socket) => {
  let got = 0
  let done = 0
  let sent = 0
  const ask = () => {
    if (sent === done + flight) return
    socket.write(next(sent, done + flight - sent))
    sent = done + flight
  }
  return {
    go: ask,
    bytes(count) {
      if (load.checking) check(expected, got, count)
      got += count
      const now = Math.floor(got / answered.bytes) * questions.length + whole[got % answered.bytes]!
      load.count += now - done
      done = now
      if (load.going) ask()
    }
  }
})
