/**
 * What `strftime` prints and refuses, without any other program: vectors recorded from Python 3.11.7 with glibc 2.36.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ctime } from '../../lib/calendar/ctime.ts'
import { strftime } from '../../lib/calendar/strftime.ts'
import { InvalidOptionError } from '../../lib/errors.ts'

const august = new Date(1345062908_000)
const zoneOfProcess = process.env.TZ
after(() => setZone(zoneOfProcess))

test('prints what Python 3.11 prints', () => {
  const vectors: [format: string, printed: string][] = [
    ['%a %A %b %B %h|%p %P|%n|%t|%%', 'Wed Wednesday Aug August Aug|PM pm|\n|\t|%'],
    [
      '%c|%D|%F|%r|%R|%T|%x|%X',
      'Wed Aug 15 20:35:08 2012|08/15/12|2012-08-15|08:35:08 PM|20:35|20:35:08|08/15/12|20:35:08'
    ],
    ['%C %d %e %G %g %H %I %j %k %l %m %M', '20 15 15 2012 12 20 08 228 20  8 08 35'],
    ['%S %s %u %U %V %w %W %y %Y %z %Z', '08 1345062908 3 33 33 3 33 12 2012 +0000 UTC'],
    ['%-d %_m %-I %010d %_5Y %-5Y %5Y %05e', '15  8 8 0000000015  2012  2012 02012 00015'],
    ['%^a %#a %#p %^P %#Z %^c %#c', 'WED WED pm pm utc WED AUG 15 20:35:08 2012 Wed Aug 15 20:35:08 2012'],
    ['%5z|%_5z|%-z|%3n|%010F|%012F', '    +00000|    +    0|+0|  \n|2012-08-15|002012-08-15'],
    ['%Ey %EY %Od %OB %Ec %E% %5%', '12 2012 15 August Wed Aug 15 20:35:08 2012 %     %'],
    ['%Ed %OY %EB %+ %N %Q %i %:z %5i %#Eb %#Ea', '%Ed %OY %EB %+ %N %Q %i %:z   %5i %#EB %#Ea'],
    ['%_3^a', '%_3^a'],
    ['50%', '50%'],
    ['%5', '   %5'],
    ['%E', '%E'],
    ['%5😀 é%d %^é %^ß', '  %5😀 é15 %^É %^ß'],
    ['', '']
  ]
  for (const [format, printed] of vectors) {
    assert.equal(strftime(format, august, 'UTC'), printed, format)
  }
})

test('prints every year a Date can have', () => {
  const format = '%Y %C %y %G %g %06Y %_6Y %-6Y %F %j %a'
  const vectors: [epoch: number, printed: string][] = [
    [-8_640_000_000_000, '-271821 -2719 79 -271821 79 -271821 -271821 -271821 -271821-04-20 110 Tue'],
    [-62_170_156_800, '-1 -1 99 -1 99 -00001     -1     -1 -1-11-28 332 Sun'],
    [-61_789_996_800, '11 0 11 11 11 000011     11     11 11-12-15 349 Thu'],
    [8_640_000_000_000, '275760 2757 60 275760 60 275760 275760 275760 275760-09-13 257 Sat']
  ]
  for (const [epoch, printed] of vectors) {
    assert.equal(strftime(format, new Date(epoch * 1000), 'UTC'), printed)
  }
  assert.equal(strftime('%F %T %Z', new Date(8.64e15), 'Europe/Berlin'), '275760-09-13 02:00:00 CEST')
  assert.equal(strftime('%s %T', new Date(-1), 'UTC'), '-1 23:59:59')
})

test('prints an hour that the zone of the process leaves out, and the zone of the process', () => {
  const left = new Date('2024-03-31T02:30:00Z')
  setZone('Europe/Berlin')
  assert.equal(strftime('%H:%M %Z', left, 'UTC'), '02:30 UTC')
  assert.equal(strftime('%H:%M %z %Z', left), '04:30 +0200 CEST')
  setZone('America/New_York')
  assert.equal(strftime('%H:%M %z %Z', left), '22:30 -0400 EDT')
})

test('ctime pads the day with a space', () => {
  assert.equal(ctime(august, 'UTC'), 'Wed Aug 15 20:35:08 2012')
  assert.equal(ctime(new Date('2024-02-01T00:00:00Z'), 'Asia/Tokyo'), 'Thu Feb  1 09:00:00 2024')
  setZone('Asia/Kolkata')
  assert.equal(ctime(august), 'Thu Aug 16 02:05:08 2012')
})

test('refuses what is too long, and soon', () => {
  const begin = performance.now()
  for (const format of [
    '%999999999Y',
    '%99999999999999999999999999Y',
    `%${'9'.repeat(1000)}-`,
    '%4000Y%4000Y',
    '%4097%',
    '%c'.repeat(200),
    `%3000d${'é'.repeat(600)}`,
    'x'.repeat(1025),
    'x'.repeat(10_000_000),
    '%d\0'
  ]) {
    assert.throws(() => strftime(format, august, 'UTC'), isRefusalOf('format'), format.slice(0, 50))
  }
  assert.equal(strftime('%'.repeat(1024), august, 'UTC'), '%'.repeat(512))
  assert.equal(strftime(`%0${'0'.repeat(1000)}d`, august, 'UTC'), '15')
  assert.ok(performance.now() - begin < 1000)
})

test('prints up to 4,096 bytes, and nothing where Python gives up', () => {
  const long = '%3072d'.padEnd(6 + 1018, 'x')
  assert.equal(strftime(`${long}`, august, 'UTC'), `${'15'.padStart(3072, '0')}${'x'.repeat(1018)}`)
  assert.equal(strftime('%2047Y', august, 'UTC').length, 2047)
  assert.equal(strftime('%2048Y', august, 'UTC'), '')
})

test('refuses an invalid date and an unknown zone', () => {
  assert.throws(() => strftime('%d', new Date(Number.NaN), 'UTC'), isRefusalOf('when'))
  assert.throws(() => ctime(august, 'Europe/Nowhere'), isRefusalOf('timezone'))
})

function isRefusalOf(option: string) {
  return (error: unknown) =>
    error instanceof InvalidOptionError && error.option === option && error.message.length < 400
}

function setZone(zone: string | undefined): void {
  if (zone === undefined) {
    delete process.env.TZ
  } else {
    process.env.TZ = zone
  }
}
