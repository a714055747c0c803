/** Rates: exact on a clock that stands still, bounded whatever comes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { fakeClock } from 'it-serve/laws'
import { RateTable } from '../../lib/gate/rate-table.ts'
import { sourceGroup } from '../../lib/gate/source-group.ts'
import { InvalidOptionError } from '../../lib/index.ts'

const usual = { ratePerSecond: 10, burst: 20, maxSources: 1000 }

/** How many of so many tries are let through. */
function tries(table: RateTable, source: string, count: number): number {
  let through = 0
  for (let index = 0; index < count; index++) if (table.take(source)) through++
  return through
}

test('a burst, then the rate, and after a pause a burst again', async () => {
  const clock = fakeClock()
  const table = new RateTable({ ...usual, clock })
  assert.equal(tries(table, 'a', 100), 20)
  await clock.advance(99)
  assert.equal(tries(table, 'a', 5), 0)
  await clock.advance(1)
  assert.equal(tries(table, 'a', 5), 1)
  await clock.advance(1000)
  assert.equal(tries(table, 'a', 100), 10)
  await clock.advance(60_000)
  assert.equal(tries(table, 'a', 100), 20)
  assert.equal(tries(table, 'b', 100), 20)
})

test('what is refused does not count: a flood for 5 s has its burst and its rate', async () => {
  const clock = fakeClock()
  const table = new RateTable({ ...usual, clock })
  let through = 0
  for (let ms = 0; ms < 5000; ms += 10) {
    through += tries(table, 'a', 100)
    await clock.advance(10)
  }
  assert.ok(Math.abs(through - 69) <= 1, String(through))
})

test('a million senders: the table stays bounded, the one that floods stays limited', async () => {
  const clock = fakeClock()
  const table = new RateTable({ ...usual, maxSources: 65_536, clock })
  let through = 0
  for (let sender = 0; sender < 1_000_000; sender++) {
    table.take(`10.${sender >>> 16}.${(sender >>> 8) & 255}.${sender & 255}`)
    if (sender % 1000 === 0) through += tries(table, 'flood', 10)
    if (table.size > 65_536) assert.fail(`${table.size} senders at ${sender}`)
  }
  assert.equal(through, 20)
})

test('65,536 senders take less than 16 MB', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const before = process.memoryUsage().heapUsed
  const table = new RateTable({ ...usual, maxSources: 65_536, clock: fakeClock() })
  for (let sender = 0; sender < 200_000; sender++) table.take(`2001:db8:${sender.toString(16)}:ffff`)
  collect()
  const grown = process.memoryUsage().heapUsed - before
  assert.ok(table.size > 32_768)
  assert.ok(grown > 0 && grown < 16_000_000, `${grown} bytes`)
})

test('an IPv6 network of 64 bits is one sender, an IPv4 address in it is an IPv4 address', () => {
  const groups: [host: string, group: string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:7:1:2:3:4', '2001:db8:0:7'],
    ['2001:db8:0:7::1', '2001:db8:0:7'],
    ['2001:0DB8::9', '2001:db8:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    ['1::', '1:0:0:0']
  ]
  for (const [host, group] of groups) assert.equal(sourceGroup(host), group, host)
})

test('rates that cannot be are refused by name', () => {
  const clock = fakeClock()
  for (const [option, bad] of [
    ['ratePerSecond', { ratePerSecond: 0 }],
    ['burst', { burst: 0 }],
    ['maxSources', { maxSources: -1 }]
  ] as const) {
    assert.throws(
      () => new RateTable({ ...usual, ...bad, clock }),
      (error) => error instanceof InvalidOptionError && error.option === option
    )
  }
})
