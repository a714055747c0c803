/** `it-serve faults`: a bad line between two programs. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { echo } from '../../servers/echo.ts'
import { endpointOf, itServe } from '../support/program.ts'
import { ask, assertSame, pattern } from '../support/raw.ts'
import { start } from '../support/service.ts'

test('every flag is done, in both directions or in one, and told; a signal ends it', async (t) => {
  const { endpoint } = await start(t, echo)
  const flags = '--latency-ms 10 --jitter-ms 5 --rate 1000000 --slice 1..50 --window 5000 --seed 7 --only down'
  const faults = '--flip-bit-at 500 --flip-bit 0 --cut-at 1000 --cut end'
  const command = itServe('faults', 'tcp://127.0.0.1:0', '--target', endpoint, ...`${flags} ${faults}`.split(' '))
  const { bytes, how } = await ask(await endpointOf(command), pattern(2_000))
  const wanted = pattern(1_000)
  wanted[500] = (wanted[500] as number) ^ 1
  assertSame(bytes, wanted)
  assert.equal(how, 'end')
  await command.line((line) => line.includes(': end'), 'the cut')
  command.signal('SIGTERM')
  const { status, stderr } = await command.ended()
  assert.equal(status, 0)
  assert.deepEqual(command.lines().slice(1), [
    'seed 7',
    'connection 0 down: flip-bit at 500',
    'connection 0 down: end at 1000'
  ])
  assert.match(stderr, /"event":"close".*"reason":"finished"/)
})

const wrong: [args: string[], says: RegExp][] = [
  [['tcp://127.0.0.1:0'], /--target/],
  [['tcp://127.0.0.1:0', '--target', 'tcp://127.0.0.1:1', '--slice', '1..2..3'], /--slice/],
  [['tcp://127.0.0.1:0', '--target', 'tcp://127.0.0.1:1', '--cut', 'softly'], /--cut is "softly"/],
  [['tcp://127.0.0.1:0', '--target', 'tcp://127.0.0.1:1', '--slice', '5..2'], /--slice is "5\.\.2"/],
  [['tcp://127.0.0.1:0', '--target', 'tcp://127.0.0.1:1', '--cut-at', '1', '--cut', 'softly'], /softly/]
]

test('what cannot be is one clear line, and status 64', { concurrency: 2 }, async (t) => {
  const outcomes = wrong.map(([args, says]) =>
    t.test(args.slice(2).join(' '), async () => {
      const { status, stdout, stderr } = await itServe('faults', ...args).ended()
      assert.deepEqual([status, String(stdout)], [64, ''], stderr)
      assert.match(stderr, /^it-serve: [^\n]+\n$/)
      assert.match(stderr, says)
    })
  )
  await Promise.all(outcomes)
})
