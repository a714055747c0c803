/**
 * One forged datagram between two servers on the real kernel (matrix, C1): in a network namespace of the test's own, with
 * a Python peer that forges, answers naively and counts.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Child } from '../support/child.ts'
import { commandLine } from '../support/command-line.ts'
import { naive } from '../support/naive.ts'
import { skipUnless } from '../support/program.ts'

const script = fileURLToPath(new URL('python/loops.py', import.meta.url))
const project = fileURLToPath(new URL('../../', import.meta.url))
const missing = skipUnless('python3', 'unshare', 'ip')
const mayUnshare = missing === false && spawnSync('unshare', ['-n', 'true']).status === 0
const skip = missing !== false ? missing : !mayUnshare && 'needs the right to make a network namespace'

test('no pair of ours loops, and a naive peer is muted after a burst', { skip, timeout: 120_000 }, async (t) => {
  const ours = [process.execPath, ...commandLine].join(' ')
  const child = new Child('unshare', ['-n', 'python3', '-B', script, ours], { cwd: project, family: true })
  const { status, stdout, stderr } = await child.ended()
  assert.equal(status, 0, stderr)
  const found = JSON.parse(String(stdout)) as Record<string, { first: number; second: number }>
  for (const [pair, { first, second }] of Object.entries(found)) {
    t.diagnostic(`${pair}: ${first} and ${second} packets`)
    if (pair === 'naive echo, naive errors') continue
    if (!pair.includes('naive')) assert.ok(first + second <= 2, pair)
    else assert.ok(second <= 20, `${second} replies of ours: ${pair}`)
  }
  const control = found['naive echo, naive errors']
  naive(t, (control?.first ?? 0) + (control?.second ?? 0) > 1_000, 'two naive servers go on for ever', 'every')
  assert.equal(Object.keys(found).length, 9)
})
