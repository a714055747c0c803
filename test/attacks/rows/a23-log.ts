/** A23: what clients send tries to write lines of its own into the log of the command. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Bell } from '../../support/wait.ts'
import type { Row } from '../framework/row.ts'

const texts = [
  'a\r\n{"level":30,"msg":"forged"}\r\n',
  '\0\x1b[2J\x1b]0;title\x07',
  '\u00e2\u0080\u00ae reversed',
  '\u00e2\u0080\u00a8 separated',
  '\u00ed\u00a0\u0080 half a pair',
  '\x7f\u009b31m',
  'x'.repeat(1_000_000)
]
/** Control characters of all kinds, and what turns text round or breaks lines. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\ufffd]/u
const project = fileURLToPath(new URL('../../../', import.meta.url))

export const row: Row<{ each: number }> = {
  id: 'A23',
  title: 'log injection: CR LF, NUL, ESC, U+202E, U+2028, half a surrogate pair, a megabyte, in questions',
  gate: 'an event is one line of JSON, of 4 KiB at most, without a control byte; the log does not grow as fast as the clients talk',
  shows: ['lines that are no JSON', 'lines with a control character', 'log for each bad client'],
  quick: { each: 80 },
  full: { each: 1000 },
  async run(attack, { each }) {
    const words = ['--import', 'tsx', 'scripts/it-serve.ts', 'serve', 'zen', '--listen', 'tcp://127.0.0.1:0']
    const server = spawn(process.execPath, words, { cwd: project, stdio: ['ignore', 'pipe', 'pipe'] })
    attack.after(() => void server.kill('SIGKILL'))
    const bell = new Bell()
    const log: Buffer[] = []
    let said = ''
    let over = false
    server.stderr.on('data', (bytes: Buffer) => void log.push(bytes))
    server.stdout.on('data', (bytes: Buffer) => {
      said += String(bytes)
      bell.ring()
    })
    server.once('close', () => {
      over = true
      bell.ring()
    })
    const to = await bell.until(() => /tcp:\S+/.exec(said)?.[0], 'the server listens')
    const variants = texts.map((text) => [
      { do: 'send' as const, text },
      { do: 'fin' as const },
      { do: 'read' as const, bytes: 'end' as const }
    ])
    const count = each * texts.length
    const fates = await attack.crowd({ to, count, atATime: 20, variants }).fates()
    attack.holds('the server lives', !over && fates.length === count)
    server.kill('SIGTERM')
    await bell.until(() => over || undefined, 'the server ends')
    const whole = Buffer.concat(log)
    const lines = whole.toString('utf8').split('\n').slice(0, -1)
    const parsed = lines.filter((line) => isJson(line))
    attack.figure('lines', lines.length)
    attack.exactly('lines that are no JSON', lines.length - parsed.length, 0)
    attack.atMost('longest line', Math.max(...lines.map((line) => Buffer.byteLength(line))), 4096, 'bytes')
    attack.exactly('lines with a control character', lines.filter((line) => hidden.test(line)).length, 0)
    attack.exactly('forged events', lines.filter((line) => line.startsWith('{"level":30,"msg":"forged"')).length, 0)
    attack.atMost('log for each bad client', whole.length / count, 10, 'bytes')
  }
}

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object'
  } catch {
    return false
  }
}
