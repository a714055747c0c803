/**
 * Text of strangers for the terminal of others: it stays one line, moves no cursor, colours nothing, and does not change
 * how the text around it is read.
 *
 * Terminal sequences (ECMA-48) are left out. What else is no sign becomes U+FFFD: control characters, ends of lines that
 * are not `\n`, what turns the writing direction round, lone surrogates, noncharacters, tags. Joiners stay, for some
 * scripts and emoji need them. A sign has 8 marks at most (see Unicode's TR36, 2.6, and TR39, 5.4).
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
const sequences = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]/g
const unprintable = /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu
const piledUp = /(\p{M}{8})\p{M}+/gu

/**
 * The text as it may be shown to somebody else.
 *
 * @example printable('\u001b[31mred\u0007') // 'red\ufffd'
 */
export function printable(text: string): string {
  return text.replaceAll('\t', ' ').replace(sequences, '').replace(unprintable, '\ufffd').replace(piledUp, '$1')
}
