/** `npm run demo:coalescing`: on a terminal in its colours and its width, else plain. */
import { paintFor } from '../paint.ts'
import { coalescing } from './coalescing.ts'

/** A file or a pipe has no width of its own. */
const widthOfPaper = 80

const screen = { width: process.stdout.columns ?? widthOfPaper, paint: paintFor(process.stdout) }
for await (const line of coalescing(screen)) process.stdout.write(`${line}\n`)
