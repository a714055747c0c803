/**
 * Zen by hand, as a good engineer writes it for speed: one `data` handler, `indexOf`, `toString` of each question, a `Map`
 * of answers that are bytes already, one `Buffer.concat` and one write per read; backpressure and the limit kept.
 */
import { known, maxQuestionBytes, unknown } from '../zen-words.ts'
import { bare } from './bare.ts'

const mark = '?'.charCodeAt(0)
const answers = new Map([...known].map(([question, answer]) => [question, Buffer.from(answer)]))
const noAnswer = Buffer.from(unknown)
const nothing = Buffer.alloc(0)

bare((socket) => {
  let rest: Buffer = nothing
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const replies: Buffer[] = []
    let from = 0
    let tooLong = false
    for (let at = bytes.indexOf(mark, rest.length); at !== -1; at = bytes.indexOf(mark, from)) {
      tooLong = at + 1 - from > maxQuestionBytes
      if (tooLong) break
      replies.push(answers.get(bytes.toString('utf8', from, at + 1)) ?? noAnswer)
      from = at + 1
    }
    rest = from === bytes.length ? nothing : bytes.subarray(from)
    const going = replies.length === 0 || socket.write(Buffer.concat(replies))
    if (tooLong || rest.length > maxQuestionBytes) socket.destroySoon()
    else if (!going) socket.pause()
  })
  socket.on('drain', () => socket.resume())
  socket.on('end', () => socket.end())
  socket.on('error', () => socket.destroy())
})
