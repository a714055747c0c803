/**
 * What TCP does to the borders of sends, what UDP does not, and how a framing puts them back.
 *
 * Everything is sent over sockets on loopback and read from them; nothing on the screen is made up.
 */
import { cases, lookWithAll } from './cases.ts'
import { drawCase, type Screen, wrapped } from './screen.ts'

const moral = 'TCP keeps bytes in order and forgets where sends began; a framing tells it again.'

/** The demonstration, a line at a time. */
export async function* coalescing(screen: Screen): AsyncGenerator<string> {
  for (const at of cases) yield* drawCase(at, await lookWithAll(at), screen)
  for (const line of wrapped(moral.split(' '), ' ', screen.width)) yield screen.paint('bold', line)
}
