/**
 * G-1: command lines that would do something else in a shell, in an option parser, in a path. What runs is judged by an
 * oracle: Python's shlex for the words, and a table of one command.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programs } from '../../support/commands.ts'
import { type CommandTask, commandResults, refused, starting } from '../framework/commands.ts'
import type { Row } from '../framework/row.ts'

export const row: Row<{ lines: number }> = {
  id: 'G-1',
  title: 'hostile command lines',
  gate: 'no execution outside the table; argv byte-identical behind a `--`',
  quick: { lines: 500 },
  full: { lines: 5000 },
  needs: ['python3', 'setpriv', 'prlimit'],
  async run(attack, { lines }) {
    const folder = mkdtempSync(join(tmpdir(), 'its-'))
    attack.after(() => rmSync(folder, { recursive: true, force: true }))
    const canary = join(folder, 'canary')
    const corpus = Array.from({ length: lines }, (_, at) => lineAt(at, () => attack.random(), canary))
    const words = wordsOf(corpus)
    const list = { commands: { show: programs.show } }
    const victim = await attack.victim('exec', { options: { list } }, refused, starting)
    const batch = 50
    const tasks: CommandTask[] = []
    for (let at = 0; at < corpus.length; at += batch) tasks.push({ lines: corpus.slice(at, at + batch) })
    const { results } = await commandResults(attack, { to: victim.endpoint, tasks, atATime: 2 })
    const answers = results.flatMap((one) => one.answers)
    attack.exactly('lines answered', answers.length, lines)
    let [ran, wrong] = [0, '']
    for (const [at, [header, body]] of answers.entries()) {
      const wanted = expected(corpus[at] as string, words[at] ?? null)
      if (header.outcome === 'exited') ran++
      const right = wanted === undefined ? header.outcome === 'refused' : body === wanted && header.outcome === 'exited'
      if (!right) wrong = `${JSON.stringify(corpus[at])} came to ${JSON.stringify(body)}, ${header.outcome}`
    }
    attack.holds('every outcome is that of the oracle', wrong === '', wrong)
    attack.atLeast('lines that may run, and did', ran, lines / 20)
    attack.figure('lines refused', lines - ran)
    attack.holds('the canary was never made', !existsSync(canary))
    const audit = await victim.ask<{ command: string; outcome: string }[]>('audit')
    attack.exactly('executions in the audit', audit.filter(({ outcome }) => outcome === 'exited').length, ran)
  }
}

/** What would be worth a try. A character is a byte. */
function lineAt(at: number, random: () => number, canary: string): string {
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T
  const hostile = [
    ...`; | & $ ( ) \` < > * ? [ ] { } ~ ! # ^ % ' " \\ = : ,`.split(' '),
    `;touch ${canary}`,
    `| touch ${canary}`,
    `&& touch ${canary}`,
    `$(touch ${canary})`,
    `\`touch ${canary}\``,
    `>${canary}`,
    '--',
    '-',
    '-n',
    '-rf',
    '--help',
    '-oProxyCommand=id',
    '--upload-pack=id',
    '-exec',
    '--checkpoint-action=exec=id',
    '$' + '{IFS}',
    '$PATH',
    '$HOME',
    '~root',
    '~',
    '/etc/*',
    '{a,b}',
    '!!',
    '%PATH%',
    '%0a',
    '\\n',
    '\\x00',
    "'a b'",
    '"a b"',
    "''",
    '\0',
    '\x1b[2J',
    '\r',
    '\t',
    '\x7f',
    '\xff\xfe',
    '\xc3\xa9',
    '\xc0\xaf',
    '\xed\xa0\x80',
    '\xc2\x85',
    '\xe2\x80\xae',
    '\xf0\x9f\x98\x80',
    '../../bin/x',
    './x',
    '/bin/sh',
    'sh -c id',
    'x.bat',
    'x.cmd&calc',
    'a'.repeat(300),
    `'${'b c'.repeat(30)}'`
  ]
  const heads = [
    'show',
    'show',
    'show',
    'show',
    'show ',
    "'show'",
    's"ho"w',
    'SHOW',
    './show',
    '../bin/show',
    '/usr/bin/printf',
    'show;',
    'show\\',
    'LD_PRELOAD=/tmp/x show',
    'NODE_OPTIONS=--require=/x show',
    'PATH=/tmp show',
    'BASH_ENV=/x show',
    'env show',
    '__proto__',
    'constructor',
    'toString',
    '',
    ' show',
    '#show',
    '$0',
    '`show`',
    'sh -c show',
    'show.bat',
    'cmd.exe /c show'
  ]
  if (at % 97 === 0) return `show ${'x'.repeat(4092)}`
  const count = Math.floor(random() * 5)
  const glue = pick([' ', ' ', ' ', '', '  '])
  return [pick(heads), ...Array.from({ length: count }, () => pick(hostile))].join(
    glue === '' && random() < 0.5 ? '' : ' '
  )
}

/** Python's words of each line; null where there are none. */
function wordsOf(lines: readonly string[]): (string[] | null)[] {
  const code = `
import json, shlex, sys
def words(line):
    try:
        text = line.encode('latin1').decode()
        if len(text) > 4096 or any(ord(one) < 32 or 127 <= ord(one) < 160 for one in text):
            return None
        return [word.encode().decode('latin1') for word in shlex.split(text)]
    except ValueError:
        return None
print(json.dumps([words(line[:-1] if line.endswith('\\r') else line) for line in json.load(sys.stdin)]))`
  const input = JSON.stringify(lines)
  return JSON.parse(execFileSync('python3', ['-c', code], { input, encoding: 'utf8', maxBuffer: 2 ** 28 }))
}

/** What the program prints, a NUL behind each argument; undefined where nothing may run. */
function expected(_line: string, words: readonly string[] | null): string | undefined {
  const [name, ...rest] = words ?? []
  if (name !== 'show') return undefined
  const [first] = rest
  if (first !== undefined && first !== '--' && first !== '-' && first.startsWith('-')) return undefined
  const args = first === '--' ? rest.slice(1) : rest
  return args.length === 0 ? '\0' : `--\0${args.map((word) => `${word}\0`).join('')}`
}
