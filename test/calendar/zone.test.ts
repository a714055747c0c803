/**
 * Zones against the python3 of this machine; rules and `Intl`, which only other machines need, by themselves.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, test } from 'node:test'
import { strftime } from '../../lib/calendar/strftime.ts'
import { zoneAt } from '../../lib/calendar/zone.ts'
import { zoneFile } from '../../lib/calendar/zone-file.ts'
import { zoneIntl } from '../../lib/calendar/zone-intl.ts'
import { zoneRule } from '../../lib/calendar/zone-rule.ts'
import { InvalidOptionError } from '../../lib/errors.ts'
import { type Case, noPython, Python } from './python.ts'

const noFiles = existsSync('/usr/share/zoneinfo/Europe/Berlin') ? false : 'there are no zone files'
const skip = noPython || noFiles
const winter = Date.parse('2024-01-15T12:00:00Z') / 1000
const summer = Date.parse('2024-07-15T12:00:00Z') / 1000
const zoneOfProcess = process.env.TZ
after(() => setZone(zoneOfProcess))

test('every zone is that of Python, from the time before zones to the farthest future', { skip }, async () => {
  using python = new Python()
  const steps = [
    ...Array.from({ length: 90 }, (_, index) => -4_500_000_000 + index * 100_000_007),
    ...Array.from({ length: 30 }, (_, index) => 250_000_000_000 + index * 10_000_019),
    ...[8_600_000_000_000, -8_600_000_000_000]
  ]
  for (const zone of [...Intl.supportedValuesOf('timeZone'), 'UTC', 'EST5EDT', 'Etc/GMT+5', 'Europe/Kyiv']) {
    const cases = steps.map((epoch): Case => ['%F %T %z %Z', epoch, zone])
    const printed = cases.map(([format, epoch]) => strftime(format ?? '', new Date(epoch * 1000), zone))
    assert.deepEqual(printed, await python.ask(cases), zone)
  }
})

test('a rule in TZ is that of Python', { skip: noPython }, async () => {
  using python = new Python()
  const rules = [
    ...['CET-1CEST,M3.5.0,M10.5.0/3', 'AEST-10AEDT,M10.1.0,M4.1.0/3', 'IST-1GMT0,M10.5.0,M3.5.0/1', '', 'UTC0'],
    ...['<-02>2<-01>,M3.5.0/-1,M10.5.0/0', 'ONE3TWO,J60/0,J300/24', 'ONE3TWO,59,300/25:30:10', 'XXX3EDT4,0/0,J365/23']
  ]
  for (const rule of rules) {
    setZone(rule)
    const cases = Array.from(
      { length: 400 },
      (_, index): Case => ['%F %T %z %Z', index * 7_770_007 - 400_000_000, rule]
    )
    const printed = cases.map(([format, epoch]) => strftime(format ?? '', new Date(epoch * 1000)))
    assert.deepEqual(printed, await python.ask(cases), rule)
  }
})

test('offset and abbreviation of known zones', { skip: noFiles }, () => {
  assert.deepEqual(zoneAt(new Date(winter * 1000), 'Europe/Berlin'), { offset: 3600, abbreviation: 'CET' })
  assert.deepEqual(zoneAt(new Date(summer * 1000), 'America/New_York'), { offset: -14_400, abbreviation: 'EDT' })
  assert.deepEqual(zoneAt(new Date(0), 'Asia/Riyadh'), { offset: 10_800, abbreviation: '+03' })
  assert.deepEqual(zoneAt(new Date(0), 'Africa/Monrovia'), { offset: -2670, abbreviation: 'MMT' })
})

test('the zone of the process: a name, a rule, nonsense, none', () => {
  const when = new Date(summer * 1000)
  setZone(':Europe/Berlin')
  assert.equal(zoneAt(when).offset, 7200)
  setZone('ABC+5:30')
  assert.deepEqual(zoneAt(when), { offset: -19_800, abbreviation: 'ABC' })
  setZone('No/Where')
  assert.deepEqual(zoneAt(when), { offset: 0, abbreviation: 'UTC' })
  setZone(undefined)
  assert.equal(zoneAt(when).offset, 0 - when.getTimezoneOffset() * 60)
})

test('an unknown zone is refused by name, and leads to no file', () => {
  for (const zone of [
    '',
    'Europe/Nowhere',
    'Europe',
    '../../../etc/passwd',
    '/etc/localtime',
    'right/UTC',
    'zone.tab',
    'leapseconds'
  ]) {
    const isRefusal = (error: unknown) =>
      error instanceof InvalidOptionError && error.option === 'timezone' && error.value === zone
    assert.throws(() => zoneAt(new Date(0), zone), isRefusal, zone)
  }
  assert.equal(zoneFile(import.meta.filename), undefined)
  assert.equal(zoneFile('/no/such/file'), undefined)
})

test('text that is no rule is none', () => {
  for (const text of [
    '',
    'UTC',
    'AB3',
    'Europe/Berlin',
    'CET-1CEST,M3.5.0',
    'CET-1CEST,M3.5.0,',
    '<+03>',
    'A'.repeat(100_000)
  ]) {
    assert.equal(zoneRule(text), undefined, text.slice(0, 30))
  }
})

test('Intl, where there are no files, has the offsets and the abbreviations in use', () => {
  const vectors: [zone: string, winter: string, summer: string][] = [
    ['UTC', '0 UTC', '0 UTC'],
    ['Europe/Berlin', '3600 CET', '7200 CEST'],
    ['Europe/London', '0 GMT', '3600 BST'],
    ['America/New_York', '-18000 EST', '-14400 EDT'],
    ['America/St_Johns', '-12600 NST', '-9000 NDT'],
    ['America/Sao_Paulo', '-10800 -03', '-10800 -03'],
    ['Asia/Riyadh', '10800 +03', '10800 +03'],
    ['Asia/Kathmandu', '20700 +0545', '20700 +0545'],
    ['Asia/Kolkata', '19800 IST', '19800 IST'],
    ['Asia/Tokyo', '32400 JST', '32400 JST'],
    ['Australia/Sydney', '39600 AEDT', '36000 AEST']
  ]
  for (const [zone, ...expected] of vectors) {
    const moments = [winter, summer].map((epoch) => zoneIntl(zone)?.(epoch))
    assert.deepEqual(
      moments.map((moment) => `${moment?.offset} ${moment?.abbreviation}`),
      expected,
      zone
    )
  }
  assert.deepEqual(zoneIntl('America/New_York')?.(-5_000_000_000), { offset: -17_762, abbreviation: 'LMT' })
  assert.equal(zoneIntl('Europe/Nowhere'), undefined)
})

function setZone(zone: string | undefined): void {
  if (zone === undefined) {
    delete process.env.TZ
  } else {
    process.env.TZ = zone
  }
}
