/** split2, as its documentation shows it: a stream of chunks piped into it, lines taken by `data`. */
import { once } from 'node:events'
import { Readable } from 'node:stream'
import split2 from 'split2'
import { corpus } from '../corpus.ts'
import { maxLineBytes } from '../loops/loop.ts'
import { spin } from './spin.ts'

const input = corpus('delimiter')

await spin(input, 'frames', async (tally, pass) => {
  while (pass()) {
    const lines = Readable.from(input.chunks, { objectMode: false }).pipe(split2({ maxLength: maxLineBytes }))
    lines.on('data', (line: string) => tally.one(line))
    await once(lines, 'end')
  }
})
