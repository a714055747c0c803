/**
 * The chat as its members see it: rooms, names, keys, and what becomes of who is too slow or too fast.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { decode, each, type ServeOptions, typedLines } from '../../lib/index.ts'
import { pipe } from '../../lib/stream/pipe.ts'
import { chat } from '../../servers/chat/chat.ts'
import { House } from '../../servers/chat/house.ts'
import { legalName, Names } from '../../servers/chat/names.ts'
import { Room } from '../../servers/chat/room.ts'
import { runs } from '../laws/settings.ts'
import { Child } from '../support/child.ts'
import { skipUnless } from '../support/program.ts'
import { hostAndPort } from '../support/raw.ts'
import { batches, start } from '../support/service.ts'
import { Typist } from '../support/typist.ts'

type Options = Parameters<NonNullable<typeof chat.open>>[0]

/** A chat, and members with these nicks who have read what they are told at first. */
async function gathering(t: TestContext, nicks: string[], serving: ServeOptions<Options> = {}) {
  const { endpoint, books, service } = await start(t, chat, { limits: { lingerMs: 100 }, ...serving })
  const members = await Promise.all(nicks.map(() => Typist.at(endpoint)))
  t.after(() => {
    for (const member of members) member.leave()
  })
  for (const [index, nick] of nicks.entries()) {
    await members[index]!.type(`/nick ${nick}`).hears(`-- You are ${nick} now.`)
  }
  const quiet = async (): Promise<void> => {
    for (const member of members) await member.type('/help').hears(/^-- Anything else/)
  }
  await quiet()
  for (const member of members) member.rest()
  return { members: members as [Typist, Typist, Typist], endpoint, books, service, quiet }
}

test('rooms, actions, whispers, renaming, leaving: each hears what is for it, and nobody hears itself', async (t) => {
  const { members, endpoint } = await gathering(t, ['ann', 'bob', 'eve'])
  const [ann, bob, eve] = members
  ann.type('Hello!', '/me waves', '//me is how one waves', '/msg bob just you', '/who', '/rooms')
  for (const line of ['[lobby] <ann> Hello!', '[lobby] * ann waves', '[lobby] <ann> /me is how one waves']) {
    await bob.hears(line)
    await eve.hears(line)
  }
  await bob.hears('[private] <ann> just you')
  await ann.hears(/^-- In lobby: (ann|bob|eve), \w+, \w+$/)
  await ann.hears('-- Rooms: lobby (3)')
  bob.type('/join Den', 'anybody?', '/join den', '/who')
  await bob.hears('[Den] -- you are here with nobody else')
  await bob.hears('-- You speak in Den now.')
  await bob.hears('-- In Den: bob')
  await ann.type('/join DEN').hears(/^\d\d:\d\d \[Den\] <bob> anybody\?$/)
  await ann.hears('[Den] -- you are here with bob')
  await bob.hears('[Den] -- ann joined')
  await ann.type('me', '/nick anna', '/part', 'in the lobby').hears('-- You left Den, and speak in lobby now.')
  for (const line of [
    '[Den] <ann> me',
    '[lobby] -- ann is anna now',
    '[Den] -- ann is anna now',
    '[Den] -- anna left'
  ]) {
    await bob.hears(line)
  }
  await eve.hears('[lobby] -- ann is anna now')
  await eve.hears('[lobby] <anna> in the lobby')
  ann.type('/quit so long')
  await ann.hears('-- Good-bye.')
  await ann.ends()
  await bob.hears('[lobby] -- anna left (so long)')
  eve.leave()
  await bob.hears('[lobby] -- eve left')
  assert.deepEqual(eve.rest(), ['[lobby] -- anna left (so long)'])
  await bob.type('/part Den', '/part', 'hello?').hears('-- You are in no room, and nobody hears you: /join one.')
  await bob.type('/rooms').hears('-- Rooms: none')
  assert.deepEqual(ann.rest(), [])
  const late = await Typist.at(endpoint)
  await late.hears('[lobby] -- you are here with nobody else')
  late.leave()
})

test('what is wrong is told in a line, and nobody else hears of it', async (t) => {
  const { members } = await gathering(t, ['ann', 'bob'], { options: { maxRooms: 3, roomsPerMember: 2 } })
  const [ann, bob] = members
  const wrong: [string, string | RegExp][] = [
    ['/nick', '-- /nick NAME: change your name'],
    ['/msg bob', '-- /msg NICK TEXT: say something to one alone'],
    ['/msg nobody hi', '-- nobody is not here.'],
    ['/dance', '-- There is no /dance: /help lists what there is.'],
    ['/__proto__', '-- There is no /__proto__: /help lists what there is.'],
    ['/nick __proto__', /^-- A nick is 1 to 20 letters/],
    ['/nick B0B', /^-- B0B is taken/],
    ['/nick server', /^-- server is taken/],
    ['/part attic', '-- You are not in that room.'],
    ['/who attic', '-- There is no such room.'],
    ['/join 1obby', /^-- A room's name is 1 to 20 letters/],
    ['/join Iobby', '-- Iobby looks like lobby, which is another room.'],
    ['/join private', '-- No room is called private.'],
    [`/join ${'x'.repeat(21)}`, /^-- A room's name/],
    ['/join den', '[den] -- you are here with nobody else'],
    ['/join attic', '-- You are in 2 rooms, as many as may be: /part one.'],
    ['x'.repeat(1025), '-- That line was not sent: a line has 1024 bytes at most.']
  ]
  for (const [typed, told] of wrong) await ann.type(typed).hears(told)
  bob.type('/join attic').rest()
  await bob.hears('[attic] -- you are here with nobody else')
  await bob.type('/part lobby', '/join cellar').hears('-- There are 3 rooms, as many as may be.')
  ann.type('y'.repeat(100_000))
  await ann.hears('-- Good-bye: a line has 1024 bytes at most.')
})

test('names that look the same are the same: case, normal forms, confusables; what cannot be seen is none', () => {
  const pairs = [
    'paypal pаypal',
    'Ann ann',
    'é\u0301 e\u0301\u0301',
    'José Jose\u0301',
    'Ian lan',
    'bob b0b',
    'straße STRASSE'
  ]
  pairs.push('modern rnodern', 'ａｎｎ ann', 'ΑΝΝ ANN', 'scope ѕсоре', 'ﬁn fin', 'K K', 'IAN lan')
  for (const pair of pairs) {
    const [one, other] = pair.split(' ').map((name) => legalName(name)) as [string, string]
    for (const [first, second] of [
      [one, other],
      [other, one]
    ] as const) {
      const names = new Names<string>()
      names.set(first, 'first')
      assert.equal(names.likeness(second), 'first', pair)
      names.delete(first)
      assert.equal(names.likeness(second), undefined, pair)
    }
  }
  const names = new Names<string>()
  names.set('ann', 'ann')
  for (const other of ['anne', 'an', 'bob', 'аня', '安', 'nan']) assert.equal(names.likeness(other), undefined, other)
  const illegal = [
    '',
    'a b',
    'a\u200db',
    'a\u200b',
    '\u202eann',
    'a\u2066',
    'ann\u0007',
    '\u3164',
    'a\u115f',
    'a\ufeff',
    '1a'
  ]
  illegal.push(
    '-a',
    'a'.repeat(21),
    `a${'\u0301'.repeat(6)}`,
    '<ann>',
    'a]',
    '😀',
    'a\u00a0b',
    'a\u034f',
    'a\n',
    '__proto__'
  )
  for (const name of illegal) assert.equal(legalName(name), undefined, JSON.stringify(name))
  for (const name of ['a', 'Zoë', '李雷', 'Ольга', 'नाम', 'a-b_9', 'constructor']) assert.equal(legalName(name), name)
})

test('nobody comes to the name of another by a name that is nearly its own', async (t) => {
  const { members } = await gathering(t, ['al', 'ai'])
  const [al, ai] = members
  await ai.type('/nick aI').hears('-- aI is taken, or looks like a nick that is.')
  await ai.type('/nick AI').hears('-- AI is taken, or looks like a nick that is.')
  await ai.type('/nick Ai').hears('-- You are Ai now.')
  await al.type('/nick AL').hears('-- You are AL now.')
})

test('keys edit, telnet is refused, and neither is ever shown', async (t) => {
  const { members } = await gathering(t, ['ann', 'bob'])
  const [ann, bob] = members
  ann.press(Buffer.from('helo\x7flo\x08\x08\x08lloö\x7f\xff\xfd\x01 yo\x08\x08\x08, you\r\0', 'latin1'))
  await bob.hears('[lobby] <ann> hello, you')
  ann.press(Buffer.from('s\x1b[2J\x1b]0;title\x07\x9b31mee \t\u202e\u0085\r\nnext\n'))
  await bob.hears('[lobby] <ann> see  \ufffd\ufffd')
  await bob.hears('[lobby] <ann> next')
  assert.ok(!bob.lines.join().includes('\x1b'))
})

test('nc and telnet: CRLF or LF, history on join', { skip: skipUnless('nc', 'telnet') }, async (t) => {
  const { members, endpoint } = await gathering(t, ['ann'])
  const [ann] = members
  const { host, port } = hostAndPort(endpoint)
  ann.type('first').rest()
  const nc = new Child('nc', [host, String(port)])
  await nc.line((line) => /^\d\d:\d\d \[lobby\] <ann> first\r?$/.test(line), 'the history')
  nc.write('from nc\n/quit\n')
  await ann.hears(/^\[lobby\] <guest\d+> from nc$/)
  assert.equal((await nc.ended()).status, 0)
  const telnet = new Child('telnet', [host, String(port)])
  await telnet.line((line) => line.includes('Welcome'), 'the welcome')
  telnet.write('from telnet\n/quit\n')
  await ann.hears(/^\[lobby\] <guest\d+> from telnet$/)
  assert.match(String((await telnet.ended()).stdout), /Good-bye/)
})

test('F2: of what one member sends, nothing can be taken for the words of another or of the house', async (t) => {
  const { members, quiet } = await gathering(t, ['ann', 'bob', 'mallory'], { options: { linesPerSecond: 1_000_000 } })
  const [ann, , mallory] = members
  const bits = ['[lobby] <ann> forged', '<ann>', '-- ', '[lobby] -- ann left', '* ann', '/me ', '/msg ann ', '/nick ']
  bits.push(
    '/join ',
    '/part ',
    'аnn',
    'Ann',
    'ann\u200d',
    'a\u0301',
    '__proto__',
    '\u2028',
    '\u2029',
    '\u0085',
    '\v',
    '\f'
  )
  bits.push(
    '\r\n',
    '\r',
    '\n',
    '\0',
    '\x1b[2J',
    '\x1b',
    '\x9b',
    '\u202e',
    '\u200d',
    '\ud83d\ude00',
    '',
    'x'.repeat(1100),
    ' ',
    '/'
  )
  const pieces = fc.oneof(
    fc.constantFrom(...bits).map((bit) => Buffer.from(bit)),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes))
  )
  const inputs = fc.sample(
    fc.array(pieces, { maxLength: 8 }).map((all) => Buffer.concat(all)),
    { ...runs(400), seed: 7 }
  )
  const safe = inputs.map((bytes) => Buffer.from(bytes.toString('latin1').replaceAll('/quit', ''), 'latin1'))
  const stream = Buffer.concat(safe.flatMap((bytes) => [bytes, Buffer.from([0xff, 0xf0, 0x0a])]))
  const before = ann.lines.length
  let typed = 0
  for await (const _ of each(pipe(batches([stream]), decode(typedLines(), { onOversize: 'skip' })))) typed++
  for (let at = 0; at < stream.length; at += 1000) mallory.press(stream.subarray(at, at + 1000))
  mallory.press(Buffer.from('\n/msg ann \u2603 over\n'))
  await ann.hears(/^\[private\] <\S+> \u2603 over$/u)
  await quiet()
  const heard = ann.lines.slice(before).filter((line) => !line.startsWith('-- '))
  assert.ok(heard.length <= typed + 40, `${heard.length} lines of ${typed}`)
  assert.ok(heard.length > inputs.length / 20)
  for (const line of heard) {
    assert.doesNotMatch(line, /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/u)
    const [, author] =
      /^\[[\p{L}\p{M}\p{Nd}_-]+\] (?:<(\S+?)> |\* (\S+) |-- (\S+) (?:joined|left|is \S+ now)$)/u
        .exec(line)
        ?.filter((part) => part !== undefined) ?? []
    assert.ok(author !== undefined, JSON.stringify(line))
    assert.ok(
      !['ann', 'bob'].includes(author) || /^\[lobby\] -- (ann|bob) (joined|is)/.test(line),
      JSON.stringify(line)
    )
  }
})

test('a room remembers its last lines, and a large one does not tell who comes', () => {
  const room = new Room('den', 2)
  const told: string[] = []
  const ann = {
    nick: 'ann',
    send: (bytes: Uint8Array) => told.push(String(bytes)),
    tell: (line: string) => told.push(line)
  }
  const others = Array.from({ length: 50 }, (_, at) => ({ nick: `m${at}`, send: () => {}, tell: () => {} }))
  for (const line of ['one', 'two', 'three']) room.say(others[0] as never, [line])
  room.enter(ann as never)
  assert.deepEqual(
    told.slice(0, 2).map((line) => line.slice(6)),
    ['[den] two', '[den] three']
  )
  for (const other of others) room.enter(other as never)
  assert.equal(told.filter((line) => line.includes('joined')).length, 49)
})

test('F3: joining, leaving and renaming leave nothing behind', async () => {
  const peer = { abort: () => {} } as never
  const options = {
    linesPerSecond: 20,
    floodMs: 10_000,
    queuedBytes: 1 << 20,
    maxRooms: 1000,
    roomsPerMember: 20,
    history: 20
  }
  const house = new House(options)
  const stay = house.enter(peer)
  const settle = (count: number): void => {
    for (let turn = 0; turn < count; turn++) {
      const member = house.enter(peer)
      house.join(member, `room-${turn % 50}`)
      house.rename(member, `m${turn}`)
      house.leave(member, '')
    }
    for (let room = 0; room < count; room++) {
      const member = house.enter(peer)
      for (let step = 0; step < 25; step++) house.join(member, `r${room}-${step}`)
      assert.equal(member.rooms.size, 20)
      house.leave(member, '')
    }
  }
  settle(100)
  assert.deepEqual([house.members.size, house.rooms.size, stay.rooms.size], [1, 1, 1])
  const crowd = Array.from({ length: 60 }, () => house.enter(peer))
  for (const [index, member] of crowd.entries())
    for (let step = 0; step < 19; step++) house.join(member, `r${index}-${step}`)
  assert.equal(house.rooms.size, 1000)
  assert.match(house.join(stay, 'another') ?? '', /1000 rooms/)
  for (const member of crowd) house.leave(member, '')
  assert.deepEqual([house.members.size, house.rooms.size], [1, 1])
})

test('F4: who sends too fast is read at the pace, and goes', async (t) => {
  const options = { linesPerSecond: 5, floodMs: 400 }
  const { members, books } = await gathering(t, ['ann', 'eve'], { options: { ...options, linesPerSecond: 5 } })
  const [ann, eve] = members
  const began = performance.now()
  eve.type(...Array.from({ length: 500 }, (_, index) => `flood ${index}`))
  await eve.hears(/^-- That was fast: 5 lines a second/)
  await eve.hears('-- Good-bye: you sent too much for too long.')
  await ann.hears('[lobby] -- eve left (sent too fast)')
  assert.ok(performance.now() - began >= 390)
  const heard = ann.lines.filter((line) => line.includes('<eve> flood'))
  assert.ok(heard.length <= 10, `${heard.length}`)
  assert.equal((await books.count('close', 1))[0]?.reason, 'malformed')
})

test('F1: who does not read is cut off when too much waits, and all others hear everything, in order', async (t) => {
  const options = { queuedBytes: 262_144, linesPerSecond: 1_000_000 }
  const { members, books } = await gathering(t, ['ann', 'bob', 'eve'], { options })
  const [ann, bob, eve] = members
  eve.socket.pause()
  const text = 'x'.repeat(900)
  let sent = 0
  while (books.reasons().length === 0 && sent < 40_000) {
    ann.type(...Array.from({ length: 100 }, () => `${sent++} ${text}`))
    await bob.hears(`[lobby] <ann> ${sent - 1} ${text}`)
  }
  assert.deepEqual(books.reasons(), ['slow_reader'])
  await bob.type('/who').hears(/^-- In lobby: (ann|bob), \w+$/)
  assert.ok(bob.lines.includes('[lobby] -- eve left'))
  const numbers = bob.lines.flatMap((line) => /<ann> (\d+) x/.exec(line)?.[1] ?? []).map(Number)
  assert.deepEqual(
    numbers,
    Array.from({ length: sent }, (_, index) => index)
  )
})
