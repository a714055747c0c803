/**
 * The words of a command line, by the rules of a POSIX shell and by nothing else of one: nothing is expanded, started,
 * joined or sent elsewhere. A `$`, a `;` or a `*` is a letter like any other.
 *
 *   a b          two words; one blank or many stand between them
 *   'a b'        one word; every letter between single quotes stands for itself
 *   "a \" \\ b"  one word; a backslash takes the meaning from `"` and `\`, in front of anything else it stands for itself
 *   a\ b         one word; outside quotes a backslash takes the meaning from any letter
 *   a'b'"c"      one word, abc; '' is a word of no letters
 *
 * These are the rules of Python's `shlex.split`, so `shlex.join` writes what this reads.
 */

import { limits } from '../../lib/index.ts'

/** Why something will not run, in words for whoever asked. */
export class Refusal extends Error {}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const control = /[\u0000-\u001f\u007f-\u009f]/

/**
 * @throws Refusal for a line that is too long, a control character anywhere, a quote without its end, or a backslash in front of nothing
 * @example wordsOf(`grep -i 'two words' log`) // ['grep', '-i', 'two words', 'log']
 */
export function wordsOf(line: string): string[] {
  if (line.length > limits.delimitedBytes) throw new Refusal(`it is longer than ${limits.delimitedBytes} letters`)
  const bad = control.exec(line)
  if (bad !== null) throw new Refusal(`a control character (${named(bad[0])}) stands at place ${bad.index + 1}`)
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < line.length; at++) {
    const sign = line[at] as string
    if (sign === ' ') {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (sign === "'") {
      const end = line.indexOf("'", at + 1)
      if (end < 0) throw new Refusal(`the single quote at place ${at + 1} has no end`)
      word = (word ?? '') + line.slice(at + 1, end)
      at = end
    } else if (sign === '"') {
      const quoted = /^(?:[^"\\]|\\[\s\S])*/.exec(line.slice(at + 1))?.[0] as string
      const end = at + 1 + quoted.length
      if (line[end] !== '"') throw new Refusal(`the double quote at place ${at + 1} has no end`)
      word = (word ?? '') + quoted.replace(/\\(["\\])/g, '$1')
      at = end
    } else if (sign === '\\') {
      if (++at === line.length) throw new Refusal('a backslash stands at the end')
      word = (word ?? '') + line[at]
    } else {
      word = (word ?? '') + sign
    }
  }
  return word === undefined ? words : [...words, word]
}

function named(sign: string): string {
  return `U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
}
