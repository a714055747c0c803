/**
 * Completion: what is offered behind any words, and that real shells show it. What is typed is never evaluated.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { completions } from '../../scripts/completion.ts'
import { commandTree, runProgram } from '../../scripts/program.ts'
import { servers } from '../../scripts/servers.ts'
import { skipUnless } from '../support/program.ts'
import { directory } from '../support/raw.ts'

const tree = commandTree()
const folder = directory()
writeFileSync(join(folder, 'answers one.json'), '')

function offered(...words: string[]): string[] {
  const [kind, ...lines] = completions(tree, words)
  return kind === 'files' ? ['files'] : lines.map((line) => line.slice(0, line.indexOf('\t') >>> 0))
}

test('commands, options and values, wherever they may stand', () => {
  assert.deepEqual(offered('se'), ['serve'])
  assert.deepEqual(
    offered('serve', '').filter((name) => name !== 'help'),
    servers.map(({ name }) => name)
  )
  assert.deepEqual(offered('serve', 'echo', '--idle'), ['--idle-ms'])
  assert.deepEqual(offered('serve', 'echo', '--idle-ms', '5', '--li'), ['--listen', '--lines', '--linger-ms'])
  assert.deepEqual(offered('serve', 'zen', '--answers', ''), ['files'])
  assert.deepEqual(offered('serve', 'zen', '--answers='), ['files'])
  assert.deepEqual(offered('serve', 'zen', '--answers', '=', 'x'), ['files'], 'as bash cuts it')
  assert.deepEqual(offered('serve', 'zen', '--port', ''), [])
  assert.deepEqual(offered('serve', 'zen', '--quiet', '--por'), ['--port'])
  assert.deepEqual(offered('completion', ''), ['bash', 'zsh', 'fish'])
})

test('every option of every command is offered, and any words have an answer', () => {
  for (const parent of tree.commands) {
    for (const command of parent.commands.filter((one) => one.name() !== 'help')) {
      const flags = offered(parent.name(), command.name(), '--')
      for (const { long } of command.options) assert.ok(flags.includes(long as string), `${command.name()} ${long}`)
    }
  }
  const word = fc.oneof(fc.string(), fc.constantFrom('serve', 'echo', '--', '=', '--tls-key', '--tls-key=', '-h', ''))
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const last = words.at(-1) ?? ''
      for (const name of offered(...words)) assert.ok(name === 'files' || last.includes('=') || name.startsWith(last))
    })
  )
})

const typed = [
  ['serve', 'ze'],
  ['serve', 'zen', '--idle'],
  ['serve', 'zen', '--answers', `${folder}/answers`],
  ['serve', 'zen', '$(touch evaluated)', '`touch evaluated`', '--idle']
]
const shown = ['zen', '--idle-ms', `${folder}/answers one.json`, '--idle-ms']

/** Completes one line after the other, each by `attempt WORDS`. */
const shells: Record<string, { flags: string[]; script: string }> = {
  bash: {
    flags: ['--norc'],
    script: `source <(it-serve completion bash)
      complete -p it-serve >&2
      attempt() { COMP_WORDS=(it-serve "$@") COMP_CWORD=$#; _it_serve; printf '%s\n' "\${COMPREPLY[@]}"; }`
  },
  // The widgets of compinit need a line editor: what they are given is what is shown.
  zsh: {
    flags: ['-f'],
    script: `compdef() { :; }; compset() { :; }
      _describe() { print -l -- "\${(@)\${(P@)2}%%:*}"; }
      _files() { print -l -- \${words[CURRENT]}*; }
      source <(it-serve completion zsh)
      attempt() { words=(it-serve "$@") CURRENT=$(( $# + 1 )); _it_serve; }`
  },
  fish: {
    flags: ['--no-config'],
    script: `it-serve completion fish | source
      function attempt
        set -l line it-serve (string escape -- $argv[1..-2]) $argv[-1]
        complete -C "$line" | string replace -r '\\t.*' '' | string unescape
      end`
  }
}

for (const [shell, { flags, script }] of Object.entries(shells)) {
  test(`${shell} shows it`, { skip: skipUnless(shell) }, async () => {
    // Answers as the program would give them, to exactly these words: starting it for each key is what users wait for.
    const answers = typed.map(
      (words) => [['complete', '--', ...words], `${completions(tree, words).join('\n')}\n`] as const
    )
    const cases = [...answers, [['completion', shell], await printed('completion', shell)] as const]
    const known = cases.map(([words, answer]) => `${quoted(`${words.join('|')}|`)}) printf %s ${quoted(answer)};;`)
    writeFileSync(join(folder, 'it-serve'), `#!/bin/sh\ncase "$(printf '%s|' "$@")" in\n${known.join('\n')}\nesac\n`)
    chmodSync(join(folder, 'it-serve'), 0o755)
    const attempts = typed.map((words) => `attempt ${words.map(quoted).join(' ')}`)
    const out = execFileSync(shell, [...flags, '-c', [script, ...attempts].join('\n')], {
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, HOME: folder },
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe'
    })
    assert.deepEqual(out.split('\n').slice(0, -1), shown)
    assert.equal(existsSync(join(folder, 'evaluated')), false)
  })
}

async function printed(...args: string[]): Promise<string> {
  let out = ''
  const writeOut = (text: string): void => {
    out += text
  }
  assert.equal(await runProgram(args, { environment: {}, writeOut, writeErr: assert.fail }), 0)
  return out
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
