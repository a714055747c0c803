/**
 * The rules for datagrams one by one, without a socket: the matrix's rows C2, C3 and C4, their quick form.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { fakeClock } from 'it-serve/laws'
import { broadcastAddresses } from '../../lib/gate/answerable.ts'
import {
  type Datagram,
  DatagramGuard,
  type DatagramManners,
  type DatagramRefusal,
  type DatagramRules,
  InvalidOptionError
} from '../../lib/index.ts'
import { runs } from '../laws/settings.ts'

const clock = fakeClock()
const ourPort = 20_000
const opened = new Set<DatagramGuard>()
after(() => {
  for (const guard of opened) guard.closed()
})

/** A guard of an open socket, and what it refused. */
function guarded(
  rules: DatagramRules = {},
  manners: DatagramManners = {}
): { guard: DatagramGuard; refused: DatagramRefusal[] } {
  const refused: DatagramRefusal[] = []
  const guard = new DatagramGuard({ clock, ...rules }, manners, (reason) => refused.push(reason))
  guard.opened({ host: '192.0.2.1', port: ourPort })
  opened.add(guard)
  return { guard, refused }
}

function from(host: string, port: number, bytes = 10): Datagram {
  return { bytes: new Uint8Array(bytes), remote: { host, port } }
}

/** What becomes of one datagram. */
function fate(datagram: Datagram, rules?: DatagramRules, manners?: DatagramManners): DatagramRefusal | 'taken' {
  const { guard, refused } = guarded(rules, manners)
  return guard.takes(datagram) ? 'taken' : (refused[0] as DatagramRefusal)
}

test('who is heard, and who is not', () => {
  const cases: [host: string, port: number, fate: DatagramRefusal | 'taken'][] = [
    ['198.51.100.7', 40_000, 'taken'],
    ['198.51.100.7', 1024, 'taken'],
    ['198.51.100.7', 1023, 'privileged_port'],
    ['198.51.100.7', 7, 'privileged_port'],
    ['127.0.0.1', 53, 'privileged_port'],
    ['198.51.100.7', 0, 'unanswerable'],
    ['198.51.100.7', ourPort, 'own_port'],
    ['127.0.0.1', ourPort, 'own_port'],
    ['224.0.0.1', 40_000, 'unanswerable'],
    ['239.255.255.250', 40_000, 'unanswerable'],
    ['255.255.255.255', 40_000, 'unanswerable'],
    ['127.255.255.255', 40_000, 'unanswerable'],
    ['0.0.0.0', 40_000, 'unanswerable'],
    ['ff02::1', 40_000, 'unanswerable'],
    ['::', 40_000, 'unanswerable'],
    ['2001:db8::7', 40_000, 'taken'],
    ['::1', 40_000, 'taken']
  ]
  for (const [host, port, wanted] of cases) assert.equal(fate(from(host, port)), wanted, `${host} ${port}`)
  assert.equal(fate(from('198.51.100.7', 7), { leastSourcePort: 0 }), 'taken')
  // Who only listens may hear a service; itself it need not hear.
  assert.equal(fate(from('198.51.100.7', 7), {}, { replies: 'none' }), 'taken')
  assert.equal(fate(from('198.51.100.7', ourPort), {}, { replies: 'none' }), 'own_port')
})

test('100,000 datagrams of any kind from such senders: none is heard, nothing throws', () => {
  const { guard, refused } = guarded({ ratePerSecond: 1_000_000, burst: 1_000_000 })
  const byte = fc.integer({ min: 0, max: 255 })
  const any = fc.tuple(byte, byte, byte, byte).map((parts) => parts.join('.'))
  const good = fc.integer({ min: 1024, max: 65_535 })
  const sender = fc.oneof(
    fc.tuple(any, fc.integer({ min: 0, max: 1023 })),
    fc.tuple(any, fc.constant(ourPort)),
    fc.tuple(
      fc.integer({ min: 224, max: 255 }).map((first) => `${first}.1.2.3`),
      good
    ),
    fc.tuple(fc.constantFrom('ff05::2', '::', '0.1.2.3', '127.255.255.255', '', 'nonsense'), good)
  )
  const senders = fc.sample(sender, { ...runs(1_000), seed: 22 })
  let heard = 0
  for (let round = 0; round < 100; round++) {
    for (const [host, port] of senders) {
      const datagram = from(host, port, round % 3)
      if (guard.takes(datagram)) heard++
      assert.equal(guard.sends(datagram), false)
    }
  }
  assert.equal(heard, 0)
  assert.ok(refused.length >= 2 * 100 * senders.length)
})

test('broadcast addresses of our own networks', () => {
  const info = { mac: '', internal: false, cidr: null, family: 'IPv4' } as const
  const found = broadcastAddresses({
    a: [{ ...info, address: '10.1.2.3', netmask: '255.255.252.0' }],
    b: [{ ...info, address: '192.0.2.9', netmask: '255.255.255.255' }],
    c: undefined
  })
  assert.deepEqual([...found], ['10.1.3.255'])
})

test('a reply: one for each request, no longer than it, whatever the request’s length', () => {
  for (let length = 0; length <= 1_472; length++) {
    for (const [replyBytes, most] of [
      [0, length],
      [64, Math.max(64, length)]
    ] as const) {
      const { guard, refused } = guarded({}, { replyBytes })
      const [asked, again] = [from('127.0.0.1', 40_000, length), from('127.0.0.1', 40_000, length)]
      assert.ok(guard.takes(asked) && guard.takes(again))
      assert.ok(guard.sends({ bytes: new Uint8Array(most), remote: asked.remote }))
      assert.ok(!guard.sends({ bytes: new Uint8Array(0), remote: asked.remote }))
      assert.ok(!guard.sends({ bytes: new Uint8Array(most + 1), remote: again.remote }))
      assert.ok(!guard.sends({ bytes: new Uint8Array(0), remote: { ...again.remote } }))
      assert.deepEqual(refused, ['unasked', 'reply_too_large', 'unasked'])
    }
  }
  // Headers of Ethernet, IPv4 and UDP around it, in a frame of 64 bytes at least: the factor on the wire.
  const onTheWire = (bytes: number): number => Math.max(64, bytes + 18 + 20 + 8)
  assert.ok(onTheWire(64) / onTheWire(0) <= 2)
})

test('what sends as it likes may, what sends nothing may not', () => {
  assert.ok(guarded({}, { replies: 'any' }).guard.sends(from('198.51.100.7', 40_000)))
  const { guard } = guarded({}, { replies: 'none' })
  const heard = from('198.51.100.7', 40_000)
  assert.ok(guard.takes(heard))
  assert.ok(!guard.sends(heard))
})

test('rates: 10 a second and 20 at once for a sender, whatever its port; loopback only where it is set', async () => {
  const { guard, refused } = guarded()
  const heard = (host: string, count: number): number => {
    let taken = 0
    for (let index = 0; index < count; index++) if (guard.takes(from(host, 30_000 + index, index % 100))) taken++
    return taken
  }
  assert.equal(heard('198.51.100.7', 1_000), 20)
  assert.equal(heard('198.51.100.8', 10), 10)
  assert.equal(heard('2001:db8::1', 15) + heard('2001:db8::2', 15), 20)
  await clock.advance(1_000)
  assert.equal(heard('198.51.100.7', 1_000), 10)
  assert.equal(heard('127.0.0.1', 1_000), 1_000)
  assert.deepEqual(new Set(refused), new Set(['rate']))
  const strict = guarded({ ratePerSecond: 10 }).guard
  let taken = 0
  for (let index = 0; index < 100; index++) if (strict.takes(from('127.0.0.1', 30_000 + index))) taken++
  assert.equal(taken, 20)
})

test('100,000 a second for 5 s, from one sender and from 1,000: each has its share, all have the total, others are heard', async () => {
  const { guard } = guarded({ totalPerSecond: 1_000 })
  const senders = Array.from({ length: 1_000 }, (_, index) => `10.7.${index >>> 8}.${index & 255}`)
  let [ofOne, ofAll, sent] = [0, 0, 0]
  for (let ms = 0; ms < 5_000; ms++) {
    for (let each = 0; each < 50; each++) {
      if (guard.takes(from('10.6.6.6', 40_000))) ofOne++
      if (guard.takes(from(senders[sent++ % 1_000] as string, 40_000))) ofAll++
    }
    await clock.advance(1)
  }
  assert.ok(ofOne <= 70, String(ofOne))
  const total = ofOne + ofAll
  assert.ok(Math.abs(total - 5_100) <= 5_100 * 0.05, `${total} of 5,100`)
  assert.ok(guard.sources <= 1_001)
})

test('the total rate leaves a sender alone that keeps to its own, when few others send', () => {
  const { guard, refused } = guarded()
  for (let sender = 0; sender < 50; sender++) {
    for (let each = 0; each < 20; each++) assert.ok(guard.takes(from(`10.8.0.${sender}`, 40_000)))
  }
  assert.deepEqual(refused, [])
})

test('a loop on loopback ends after 16; a client that asks the same in its own time is answered', async () => {
  const { guard, refused } = guarded()
  let answered = 0
  while (answered < 100 && guard.takes(from('127.0.0.1', 40_000))) answered++
  assert.equal(answered, 16)
  assert.deepEqual(refused, ['loop'])
  for (let asked = 0; asked < 100; asked++) {
    await clock.advance(6)
    assert.ok(guard.takes(from('127.0.0.1', 40_000)))
  }
  // Different questions, however fast, are no loop.
  for (let asked = 0; asked < 100; asked++) assert.ok(guard.takes(from('127.0.0.1', 40_001, asked)))
})

test('rules that cannot be are refused by name', () => {
  const wrong: DatagramRules[] = [
    { ratePerSecond: 0 },
    { burst: -1 },
    { totalPerSecond: Number.NaN },
    { maxSources: 0 },
    { leastSourcePort: -1 },
    { replyBytes: 1.5 }
  ]
  for (const bad of wrong) {
    const [option] = Object.keys(bad)
    assert.throws(
      () => new DatagramGuard(bad, {}, () => {}),
      (error) => error instanceof InvalidOptionError && error.option === option
    )
  }
})
