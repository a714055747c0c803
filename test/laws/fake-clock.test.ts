/** Time that stands still until it is told to go on. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fakeClock } from 'it-serve/laws'
import { InvalidOptionError } from '../../lib/errors.ts'

describe('fakeClock', () => {
  it('runs what is due, in order of time and then of setting, at its time', async () => {
    const clock = fakeClock()
    const ran: string[] = []
    for (const [name, ms] of [
      ['c', 20],
      ['a', 10],
      ['d', 20],
      ['b', 10],
      ['e', 21]
    ] as const) {
      clock.after(ms, () => ran.push(`${name} at ${clock.now()}`))
    }
    await clock.advance(20)
    assert.deepEqual(ran, ['a at 10', 'b at 10', 'c at 20', 'd at 20'])
    assert.equal(clock.now(), 20)
    assert.equal(clock.pending, 1)
    await clock.advance(1)
    assert.equal(ran.at(-1), 'e at 21')
    assert.equal(clock.pending, 0)
  })

  it('does nothing by itself', async () => {
    const clock = fakeClock()
    clock.after(0, () => assert.fail('it ran'))
    await sleep(5)
    assert.equal(clock.now(), 0)
  })

  it('runs timers that timers set, if they are due', async () => {
    const clock = fakeClock()
    const ran: number[] = []
    const again = (): void => {
      ran.push(clock.now())
      clock.after(10, again)
    }
    clock.after(10, again)
    await clock.advance(35)
    assert.deepEqual(ran, [10, 20, 30])
    assert.equal(clock.now(), 35)
  })

  it('lets promises and the event loop go on before each timer, so that they can cancel it', async () => {
    const clock = fakeClock()
    const later = clock.after(20, () => assert.fail('it was cancelled'))
    clock.after(10, () => {
      setImmediate(() => Promise.resolve().then(() => later.cancel()))
    })
    await clock.advance(30)
    assert.equal(clock.pending, 0)
  })

  it('sees timers that are set in a promise that was pending when it was advanced', async () => {
    const clock = fakeClock()
    let ran = false
    void Promise.resolve().then(() => clock.after(5, () => (ran = true)))
    await clock.advance(5)
    assert.ok(ran)
  })

  it('lets time pass in order when it is advanced twice at once', async () => {
    const clock = fakeClock()
    const ran: number[] = []
    clock.after(15, () => ran.push(clock.now()))
    await Promise.all([clock.advance(10), clock.advance(10)])
    assert.deepEqual(ran, [15])
    assert.equal(clock.now(), 20)
  })

  it('rejects with what a timer throws, and goes on afterwards', async () => {
    const clock = fakeClock()
    clock.after(5, () => {
      throw new Error('mine')
    })
    await assert.rejects(clock.advance(10), /mine/)
    await clock.advance(10)
    assert.equal(clock.now(), 15)
  })

  it('refuses a time that is none', () => {
    assert.throws(() => fakeClock().advance(-1), InvalidOptionError)
    assert.throws(() => fakeClock().advance(Number.NaN), InvalidOptionError)
  })
})
