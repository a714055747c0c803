/** Colour where somebody sees it: on a terminal that has it, unless NO_COLOR is set (no-color.org). */
import { inspect } from 'node:util'

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan'
export type Paint = (colour: Colour, text: string) => string

/** What the stream can show: colours, or the bare text. FORCE_COLOR asks for colours also in a file. */
export function paintFor(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv = process.env): Paint {
  const { NO_COLOR, FORCE_COLOR } = environment
  const wanted = FORCE_COLOR !== undefined && FORCE_COLOR !== '0' && FORCE_COLOR !== ''
  const seen = stream.isTTY === true && environment.TERM !== 'dumb'
  const coloured = (NO_COLOR ?? '') === '' && (wanted || seen)
  return coloured ? painted : (_, text) => text
}

export const painted: Paint = (colour, text) => {
  if (text === '') return ''
  const [on, off] = inspect.colors[colour] ?? [0, 0]
  return `\x1b[${on}m${text}\x1b[${off}m`
}
