/** Looked at in front of the parser, which calls itself for each level, and so falls where a file is nothing but brackets. */
import { Lexer } from 'yaml'

/** A file of ours has three levels. */
const mostLevels = 32

export function isNestedTooDeep(content: string): boolean {
  let brackets = 0
  let indicators = 0
  for (const token of new Lexer().lex(content)) {
    if (token === '[' || token === '{') brackets++
    else if (token === ']' || token === '}') brackets--
    else if (token === '-' || token === '?') indicators++
    else if (token === '\n') indicators = 0
    if (brackets > mostLevels || indicators > mostLevels) return true
  }
  return false
}
