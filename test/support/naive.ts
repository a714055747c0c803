/**
 * The naive form of a trap is run beside ours, so that nobody has to believe that there is a trap.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'

/**
 * Reports what the naive form did on this Node. A Node may have mended a trap, and that is no failure; but a naive form
 * that works where it was seen to fail is a test that shows nothing, so there it must fail.
 *
 * @param seenOn major versions of Node on which the trap was reproduced; `'every'` where the kernel is to blame
 */
export function naive(t: TestContext, failed: boolean, what: string, seenOn: readonly number[] | 'every' = [20]): void {
  const version = process.versions.node
  if (failed) {
    t.diagnostic(`naive form on Node ${version}: ${what}`)
    return
  }
  t.diagnostic(`Node ${version} has mended it; elsewhere: ${what}`)
  const reproduced = seenOn === 'every' || seenOn.includes(Number(version.split('.')[0]))
  assert.ok(!reproduced, `the naive form works here, where it was seen to fail: ${what}`)
}

/**
 * Reports what cannot be helped here, so that nobody takes a promise for more than it is. Where the excuse does not hold,
 * it is a failure as any other.
 */
export function limitation(t: TestContext, met: boolean, what: string, excused: boolean): void {
  t.diagnostic(met ? `a limit that was met: ${what}` : `not met here: ${what}`)
  assert.ok(!met || excused, what)
}
