/** What a case looks like on a screen: a table whose chunks take more lines where they must, or no table on a narrow one. */
import { columns, widthOf } from '../columns.ts'
import type { Paint } from '../paint.ts'
import type { Case, Seen } from './cases.ts'

export interface Screen {
  /** Columns. */
  readonly width: number
  readonly paint: Paint
}

export function drawCase(at: Case, seen: readonly (Seen | { reader: string })[], screen: Screen): string[] {
  const { paint } = screen
  const title = `${paint('bold', paint('cyan', at.transport))}  ${paint('bold', at.title)}`
  const story = wrapped(at.story.split(' '), ' ', screen.width)
  return [title, ...story.map((line) => paint('dim', line)), '', ...table(seen, screen), '']
}

/** Fewer columns for the chunks would tear them to pieces. */
const leastForChunks = 24

function table(seen: readonly (Seen | { reader: string })[], screen: Screen): string[] {
  const { width, paint } = screen
  const head = ['reader', 'chunks that arrived', 'frames', ''].map((cell) => paint('dim', cell))
  const rows = seen.map((one) =>
    'frames' in one
      ? [name(one, paint), chunksOf(one, paint).join(' '), framesOf(one, paint).join(' '), verdict(one, paint)]
      : [paint('dim', one.reader), paint('dim', '(UDP has no end)'), '', '']
  )
  const others = [0, 2, 3].map((column) =>
    Math.max(...[head, ...rows].map((row) => widthOf(row[column] as string) + 2))
  )
  const room = width - others.reduce((sum, one) => sum + one)
  if (room < leastForChunks) return seen.flatMap((one) => ('frames' in one ? stacked(one, screen) : []))
  const lines = rows.flatMap(([reader = '', chunks = '', frames = '', judged = '']) =>
    wrapped(chunks.split(' '), ' ', room - 2).map((line, index) =>
      index === 0 ? [reader, line, frames, judged] : ['', line]
    )
  )
  return columns([head, ...lines])
}

/** For a narrow screen. */
function stacked(one: Seen, { width, paint }: Screen): string[] {
  const part = (label: string, words: readonly string[]): string[] =>
    wrapped(words.join(' ').split(' '), ' ', width - 10).map(
      (line, index) => `  ${paint('dim', index === 0 ? label : '      ')}  ${line}`
    )
  return [
    ...columns([[name(one, paint), verdict(one, paint)]]),
    ...part('chunks', chunksOf(one, paint)),
    ...part('frames', framesOf(one, paint))
  ]
}

function name({ reader }: Seen, paint: Paint): string {
  return reader === 'naive' ? paint('yellow', reader) : paint('bold', reader)
}

function chunksOf({ chunks, ends }: Seen, paint: Paint): string[] {
  return chunks.flatMap((some) => {
    const shown = some.map((chunk) => paint('dim', '[') + bytesOf(chunk, paint) + paint('dim', ']'))
    return ends ? [...shown, paint('magenta', 'FIN')] : shown
  })
}

/** What is text as text, what is not as hexadecimal, four bytes at a time. */
function bytesOf(chunk: Uint8Array, paint: Paint): string {
  const runs =
    Buffer.from(chunk)
      .toString('latin1')
      .match(/[a-z]+|\n|[^a-z\n]{1,4}/g) ?? []
  const shown = runs.map((run) => {
    if (/[a-z]/.test(run)) return paint('green', run)
    return paint('blue', run === '\n' ? '\\n' : Buffer.from(run, 'latin1').toString('hex'))
  })
  return shown.join(' ')
}

function framesOf({ frames, right }: Seen, paint: Paint): string[] {
  return frames.map((frame) => paint(right ? 'green' : 'red', `'${frame}'`))
}

function verdict({ right, answered, frames }: Seen, paint: Paint): string {
  if (!right) return paint('red', `wrong: ${frames.length} ${frames.length === 1 ? 'message' : 'messages'}`)
  return paint('green', answered ? 'right, answered' : 'right')
}

/** Words that stay whole, in lines of at most `width`. */
export function wrapped(words: readonly string[], gap: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line !== '' && widthOf(line) + gap.length + widthOf(word) > width) {
      lines.push(line)
      line = word
    } else line += line === '' ? word : gap + word
  }
  return [...lines, line]
}
