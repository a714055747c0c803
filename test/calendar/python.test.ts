/**
 * `strftime` and `ctime` against the python3 of this machine, and against `date`.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { ctime } from '../../lib/calendar/ctime.ts'
import { strftime } from '../../lib/calendar/strftime.ts'
import { type Case, noPython, Python } from './python.ts'

const skip = noPython
const python = skip ? undefined : new Python()
after(() => python?.[Symbol.dispose]())

const day = 86_400
const moments = [
  ...[0, -1, 1345062908, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 253_402_300_799, 253_402_300_800],
  ...['2000-02-29T12:00:00Z', '2024-02-29T23:59:59Z', '1900-03-01T00:00:00Z', '2012-01-01T00:00:00Z'].map(epochOf),
  ...[-62_135_596_800, -62_135_596_801, -62_167_219_201, -70_000_000_000, -8_640_000_000_000, 8_640_000_000_000]
]

test('every letter with flags, widths and modifiers', { skip }, async () => {
  const letters = [...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)), 'é', '😀', '\n', '']
  for (const letter of letters) {
    const formats = ['', '-', '_', '0', '^', '#', '^#', '-0', '0_'].flatMap((flags) =>
      ['', '3', '12'].flatMap((width) => ['', 'E', 'O'].map((modifier) => `%${flags}${width}${modifier}${letter}`))
    )
    await compare(formats.flatMap((format) => moments.map((epoch): Case => [format, epoch, 'UTC'])))
  }
})

test('weeks and days at the ends of 800 years', { skip }, async () => {
  const years = Array.from({ length: 800 }, (_, index) => (index < 400 ? index + 1800 : (index - 420) * 7))
  const days = years.flatMap((year) =>
    [-4, -3, -2, -1, 0, 1, 2, 3, 58, 59].map((offset) => newYear(year) + offset * day)
  )
  await compare(days.map((epoch): Case => ['%c %C %g %G %j %u %U %V %w %W %y', epoch, 'UTC']))
})

test('zones around their changes of the clock', { skip }, async () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'Asia/Riyadh',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Asia/Kathmandu'
  ]
  const changes = [
    '2024-03-10T07:00Z',
    '2024-03-31T01:00Z',
    '2024-04-06T15:00Z',
    '2024-10-05T15:30Z',
    '2024-10-27T01:00Z'
  ]
  const epochs = changes.flatMap((change) => [-3600, -1, 0, 1, 3600].map((offset) => epochOf(change) + offset))
  await compare(
    [...epochs, ...moments].flatMap((epoch) => zones.map((zone): Case => ['%c %z %5z %-z %Z %^Z %#10Z', epoch, zone]))
  )
})

test('formats near the length at which Python gives up', { skip }, async () => {
  const widths = [1023, 1024, 1025, 2047, 2048, 2049, 4080]
  await compare(
    widths.flatMap((width) => ['%', '||%', '||||||||%'].map((text): Case => [`${text}${width}d`, 0, 'UTC']))
  )
})

test('ctime', { skip }, async () => {
  await compare(moments.flatMap((epoch) => ['UTC', 'America/St_Johns'].map((zone): Case => [null, epoch, zone])))
})

test('any format at any moment', { skip }, async () => {
  const letter = fc.constantFrom(...'aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%+NEO', 'é', '😀', '')
  const flags = fc.string({ unit: fc.constantFrom(...'_-0^#'), maxLength: 3 })
  const width = fc.option(fc.nat({ max: 60 }), { nil: '' })
  const conversion = fc
    .tuple(flags, width, fc.constantFrom('', '', 'E', 'O'), letter)
    .map(([flag, digits, modifier, kind]) => `%${flag}${digits}${modifier}${kind}`)
  const format = fc.array(fc.oneof(conversion, fc.string({ unit: 'grapheme-ascii', maxLength: 5 })), { maxLength: 8 })
  const epoch = fc.oneof(
    fc.integer({ min: -5_000_000_000, max: 10_000_000_000 }),
    fc.integer({ min: -8_600_000_000_000, max: 8_600_000_000_000 })
  )
  const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe')
  await fc.assert(
    fc.asyncProperty(format, epoch, zone, async (parts, when, where) => {
      const text = parts.join('')
      // Pieces may join to a width that is refused.
      fc.pre(!/\d{4}/.test(text))
      // Python works %s out from the wall clock: where that shows a time twice, it may take the other one.
      await compare([[text, when, text.includes('s') ? 'UTC' : where]])
    }),
    { numRuns: 1000 }
  )
})

test('date -u prints the same', (context) => {
  const epochs = moments.filter((epoch) => epoch > newYear(1000) && epoch < newYear(10_000))
  const letters = 'aAbBcCdDeFgGhHIjklmMpPrRsStTuUVwWxXyYzZ%'
  const format = Array.from(letters, (letter) => `%${letter}`).join(' ')
  const { error, stdout, status } = spawnSync('date', ['-u', '-f', '-', `+${format}`], {
    input: epochs.map((epoch) => `@${epoch}\n`).join(''),
    env: { ...process.env, LC_ALL: 'C' }
  })
  if (error !== undefined || status !== 0) {
    context.skip('there is no GNU date')
    return
  }
  const printed = epochs.map((epoch) => strftime(format, new Date(epoch * 1000), 'UTC'))
  assert.deepEqual(String(stdout).trimEnd().split('\n'), printed)
})

async function compare(cases: Case[]): Promise<void> {
  const expected = await python?.ask(cases)
  for (const [index, [format, epoch, zone]] of cases.entries()) {
    const when = new Date(epoch * 1000)
    const actual = format === null ? ctime(when, zone) : strftime(format, when, zone)
    if (actual !== expected?.[index]) {
      assert.equal(actual, expected?.[index], `${JSON.stringify(format)} at ${epoch} in ${zone}`)
    }
  }
}

function epochOf(text: string): number {
  return Date.parse(text) / 1000
}

function newYear(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1) / 1000
}
