/** The demonstration of coalescing: what it shows came over sockets, and is the same each time, in any width and colour. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { widthOf } from '../scripts/columns.ts'
import { cases, lookWithAll } from '../scripts/demo/cases.ts'
import { coalescing } from '../scripts/demo/coalescing.ts'
import { type Paint, painted, paintFor } from '../scripts/paint.ts'
import { npmScript } from './support/program.ts'
import './support/leaks.ts'

const plain: Paint = (_, text) => text

async function drawn(width: number, paint = plain): Promise<string[]> {
  const lines: string[] = []
  for await (const line of coalescing({ width, paint })) lines.push(line)
  return lines
}

test('the naive reader is wrong twice on TCP; every framing is right everywhere', async () => {
  for (const at of cases) {
    for (const seen of await lookWithAll(at)) {
      if (!('frames' in seen)) assert.ok(at.transport === 'UDP' && seen.reader.endsWith('close'))
      else assert.equal(seen.right, seen.reader !== 'naive' || at.transport === 'UDP', `${at.title}: ${seen.reader}`)
    }
  }
})

test('the README shows it as npm run prints it where nobody sees colours', async () => {
  const { stdout, status } = await npmScript('demo:coalescing').ended()
  assert.equal(status, 0)
  const [, block] = /\$ npm run -s demo:coalescing\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? []
  assert.equal(block, String(stdout))
})

test('no line is wider than the screen, and colours change nothing else', async () => {
  for (const width of [44, 72, 80, 132]) {
    const lines = await drawn(width)
    for (const line of lines) assert.ok(widthOf(line) <= width, `${width}: ${line}`)
    const coloured = await drawn(width, painted)
    assert.deepEqual(coloured.map(stripVTControlCharacters), lines)
    assert.notDeepEqual(coloured, lines)
  }
})

test('colours are for terminals, and not for those who set NO_COLOR', () => {
  const terminal = { isTTY: true } as NodeJS.WriteStream
  const file = { isTTY: false } as NodeJS.WriteStream
  const shown = (stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): boolean =>
    paintFor(stream, environment)('red', 'x') !== 'x'
  assert.deepEqual(
    [
      shown(terminal, {}),
      shown(terminal, { NO_COLOR: '1' }),
      shown(terminal, { NO_COLOR: '' }),
      shown(terminal, { TERM: 'dumb' })
    ],
    [true, false, true, false]
  )
  assert.deepEqual(
    [shown(file, {}), shown(file, { FORCE_COLOR: '1' }), shown(file, { FORCE_COLOR: '1', NO_COLOR: '1' })],
    [false, true, false]
  )
})
