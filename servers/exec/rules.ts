/**
 * What words may stand behind the name of a command, and the arguments that its program gets for them.
 *
 *   fixed... options... -- operands...
 *
 * Words in front of the first operand that begin with `-` are options, and each must be one that the list names. The
 * others are operands, in the order of their rules; each rule takes as many words as fit it, up to its number. The `--`
 * is ours: no operand is ever read as an option. A program that knows no `--` gets no operand that begins with `-`.
 */
import type { RE2JS } from 're2js'
import { limits } from '../../lib/index.ts'
import { Refusal } from './command-line.ts'

/** A word, as it is or as a pattern for all of it. */
export type WordRule = { readonly words: readonly string[] } | { readonly pattern: RE2JS }

export interface OptionRule {
  readonly word: WordRule
  /** What the word behind it must be; it stands alone where that is left out. */
  readonly value?: WordRule | undefined
}

export interface OperandRule {
  readonly word: WordRule
  readonly optional: boolean
  /** How many words it takes at most. */
  readonly times: number
}

export interface ArgumentRules {
  readonly fixed: readonly string[]
  readonly options: readonly OptionRule[]
  readonly operands: readonly OperandRule[]
  /** Whether the program knows `--`. */
  readonly separator: boolean
}

/**
 * The arguments for these words, none of which was changed.
 *
 * @throws Refusal naming the first word that fits no rule, or the rule that got no word
 */
export function argumentsFor(rules: ArgumentRules, words: readonly string[]): string[] {
  if (words.length > limits.commandWords) throw new Refusal(`there are more than ${limits.commandWords} words`)
  const { taken, rest } = optionsIn(rules, words)
  const operands = operandsIn(rules, rest)
  const separator = rules.separator && operands.length > 0 ? ['--'] : []
  return [...rules.fixed, ...taken, ...separator, ...operands]
}

function optionsIn(
  { options, separator }: ArgumentRules,
  words: readonly string[]
): { taken: string[]; rest: string[] } {
  const taken: string[] = []
  let at = 0
  for (; at < words.length; at++) {
    const word = words[at] as string
    if (word === '--' && separator) return { taken, rest: words.slice(at + 1) }
    if (!word.startsWith('-') || word === '-') break
    const rule = options.find((one) => fits(one.word, word))
    if (rule === undefined) throw new Refusal(`${shown(word)} is no option of it`)
    taken.push(word)
    if (rule.value === undefined) continue
    const value = words[++at]
    if (value === undefined) throw new Refusal(`the option ${shown(word)} has no value`)
    if (!fits(rule.value, value)) throw new Refusal(`${shown(value)} is no value of ${shown(word)}`)
    taken.push(value)
  }
  return { taken, rest: words.slice(at) }
}

function operandsIn({ operands, separator }: ArgumentRules, words: readonly string[]): readonly string[] {
  let at = 0
  for (const [index, { word, optional, times }] of operands.entries()) {
    let count = 0
    while (count < times && at < words.length && fits(word, words[at] as string)) {
      count++
      at++
    }
    if (count > 0 || optional) continue
    if (at === words.length) throw new Refusal(`operand ${index + 1} is missing`)
    throw new Refusal(`${shown(words[at] as string)} does not fit operand ${index + 1}`)
  }
  const left = words[at]
  if (left !== undefined) throw new Refusal(`${shown(left)} fits no operand`)
  const dashed = separator ? undefined : words.find((word) => word.startsWith('-'))
  if (dashed !== undefined) throw new Refusal(`${shown(dashed)} may be read as an option`)
  return words
}

function fits(rule: WordRule, word: string): boolean {
  return 'words' in rule ? rule.words.includes(word) : rule.pattern.testExact(word)
}

function shown(word: string): string {
  return JSON.stringify(word.length > 80 ? `${word.slice(0, 80)}...` : word)
}
