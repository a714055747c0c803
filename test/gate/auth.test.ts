/**
 * The login in front of a server: who has the key gets in, and nobody else, whatever is sent, again, back, or changed.
 */
import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { recordBytes, recordOpener, recordSealer } from '../../lib/gate/sealed-records.ts'
import {
  type AuthAttempt,
  AuthError,
  type AuthGateOptions,
  type AuthMethod,
  authGate,
  authLogin,
  type Connection,
  collect,
  connect,
  type Dialog,
  dialog,
  InvalidOptionError,
  listen,
  memoryPair,
  pipe,
  proxy,
  readKeyFile,
  UnexpectedEndError
} from '../../lib/index.ts'
import { fakeClock } from '../../lib/laws/index.ts'
import { echo } from '../../servers/echo.ts'
import { upper } from '../../servers/upper.ts'
import { certify, noOpenssl } from '../support/certificates.ts'
import { skipUnless } from '../support/program.ts'
import { pythonHmac } from '../support/python.ts'
import { ask, assertSame, dial, directory, pattern, received } from '../support/raw.ts'
import { batches, type Started, start } from '../support/service.ts'
import { within } from '../support/wait.ts'

const key = Buffer.from('a secret that both have')
/** `IT_SERVE_RUNS=5` makes the counts those of the full rows: 1,000 tries and transcripts, 10,000 guesses, 1,000 attacks. */
const factor = Number(process.env.IT_SERVE_RUNS ?? 1)
/** As fast as the tests need it, and as often. */
const hasty = { wrongDelayMs: 0, wrongPerMinute: 1_000_000 } as const

function guarded(t: TestContext, options: Partial<AuthGateOptions> = {}, more: object = {}): Promise<Started> {
  return start(t, upper, { gates: [authGate({ key, ...hasty, ...options })], ...more })
}

function outcomes({ books }: Started): string[] {
  return books.all('auth').map(({ outcome }) => outcome)
}

/** One attempt at a gate, without a service: what the client does by hand, and what came of it. */
async function attempted(
  gate: ReturnType<typeof authGate>,
  client: (line: Dialog) => Promise<unknown>,
  from?: string
): Promise<AuthAttempt> {
  const [ours, peer] = memoryPair({ lingerMs: 1_000 })
  if (from !== undefined) Object.defineProperty(peer, 'remote', { value: { host: from, port: 1 } })
  let told: AuthAttempt | undefined
  const attempt = (one: AuthAttempt): void => {
    told = one
  }
  const entered = gate(peer, { signal: new AbortController().signal, attempt }).catch(() => undefined)
  const doing = client(dialog(ours)).catch(() => {})
  await within(Promise.all([entered, doing]), 'an attempt')
  ours.abort()
  peer.abort()
  assert.ok(told !== undefined)
  return told
}

const noPython = skipUnless('python3')

for (const [method, hash] of [
  ['hmac-sha256', 'sha256'],
  ['hmac-md5', 'md5']
] as const) {
  test(`${method}: Python's hmac gets in, and nothing else it can send does`, { skip: noPython }, async (t) => {
    const started = await guarded(t, { method })
    const { endpoint, books } = started
    const client = pythonHmac(t)
    const asked = { to: endpoint, key: String(key), hash } as const
    const right = { got: 'HELLO', how: 'fin' }
    assert.deepEqual(await client.ask({ ...asked, answer: 'right', say: 'hello' }), right)
    for (const answer of ['wrong', 'long', 'reflect', 'replay', 'short', 'none'] as const) {
      const { got } = await client.ask({
        ...asked,
        answer,
        say: answer === 'short' || answer === 'none' ? '' : 'hello'
      })
      assert.equal(got, '', answer)
    }
    assert.deepEqual(await client.ask({ ...asked, answer: 'right', say: 'hello' }), right)
    // The client of one method is no client of the other.
    await client.ask({ ...asked, hash: hash === 'md5' ? 'sha256' : 'md5', answer: 'right' })
    await books.count('close', 9)
    const { error } = books.all('close').find(({ reason }) => reason === 'truncated') as { error: Error }
    assert.match(
      error.message,
      hash === 'md5' ? /^login: .* after 15 bytes of 16$/ : /^login: .* after 31 bytes of 32$/
    )
    assert.equal((error as UnexpectedEndError).partial.length, 0)
    const refused = ['wrong', 'wrong', 'wrong', 'wrong', 'incomplete', 'incomplete']
    const other = hash === 'md5' ? 'wrong' : 'incomplete'
    assert.deepEqual(outcomes(started), ['accepted', ...refused, 'accepted', other])
    const reasons = refused.map((outcome) => (outcome === 'wrong' ? 'auth_failed' : 'truncated'))
    assert.deepEqual(books.reasons().slice(1, 7), reasons)
    for (const { remote, method: told } of books.all('auth'))
      assert.deepEqual([remote.host, told], ['127.0.0.1', method])
  })
}

test('our own client logs in by every method, over TCP and TLS, and what it sends comes back whole', {
  skip: noOpenssl
}, async (t) => {
  const keys = certify()
  for (const method of ['hmac-sha256', 'hmac-md5', 'mutual'] as const) {
    const gates = [authGate({ key, method, name: 'the desk' })]
    const listen = ['tcp://127.0.0.1:0', 'tls://127.0.0.1:0']
    const { service, books } = await start(t, echo, { listen, tls: keys, gates })
    for (const endpoint of service.endpoints) {
      const login = authLogin({ key, method, name: 'ann\u202e' })
      await using server = await connect(endpoint, { login, tls: { ca: keys.cert } })
      const sent = pattern(1_000_000)
      const back = await within(pipe(batches([sent.subarray(0, 1)], [sent.subarray(1)]), server, collect()), 'the echo')
      assertSame(Buffer.concat(back), sent)
    }
    await books.count('close', 2)
    assert.deepEqual(books.reasons(), ['finished', 'finished'])
    for (const { name } of books.all('auth')) assert.equal(name, method === 'mutual' ? "'ann\\u202e'" : undefined)
  }
})

test('mutual: both sides refuse who has another key or speaks another method', async (t) => {
  const login = (method: AuthMethod, secret = key): Promise<Connection> =>
    within(connect(mutual.endpoint, { login: authLogin({ key: secret, method }) }), 'a login')
  const mutual = await guarded(t, { method: 'mutual' })
  await assert.rejects(login('mutual', Buffer.from('another')), (error) => error instanceof AuthError)
  const plain = await guarded(t)
  await assert.rejects(
    connect(plain.endpoint, { login: authLogin({ key, method: 'mutual' }), timeoutMs: 5_000 }),
    (error) => error instanceof AuthError && /mutual/.test(error.message)
  )
  // A server without the key learns nothing that lets it in elsewhere, and cannot pass for the one that has it.
  const impostor = await listen('tcp://127.0.0.1:0')
  t.after(() => impostor.close())
  const trapped = connect(impostor.endpoint, { login: authLogin({ key, method: 'mutual' }) })
  const { value: victim } = await impostor[Symbol.asyncIterator]().next()
  const line = dialog(victim as Connection)
  await line.write(Buffer.concat([Buffer.from('ISML\x01'), randomBytes(32), Uint8Array.of(0)]))
  const proof = await line.read(1 + 32 + 1 + 6 + 32)
  await line.write(proof.subarray(-32))
  await assert.rejects(trapped, (error) => error instanceof AuthError && /not proved/.test(error.message))
  ;(victim as Connection).abort()
})

test('E1: a challenge sent back gets nobody in, on the same connection or another one', async () => {
  for (const method of ['hmac-sha256', 'hmac-md5'] as const) {
    const gate = authGate({ key, method, ...hasty })
    let before: Uint8Array = randomBytes(32)
    for (let round = 0; round < 200 * factor; round++) {
      const { outcome } = await attempted(gate, async (line) => {
        const challenge = await line.read(32)
        await line.write(round % 2 === 0 ? challenge : before)
        before = challenge
      })
      assert.equal(outcome, 'wrong')
    }
  }
  // Mutual: the server's own greeting, its role byte and nonces in every place.
  const gate = authGate({ key, method: 'mutual', ...hasty })
  let before: Uint8Array = new Uint8Array(0)
  for (let round = 0; round < 200 * factor; round++) {
    const { outcome } = await attempted(gate, async (line) => {
      const greeting = await line.read(44)
      const nonce = (round % 2 === 0 || before.length === 0 ? greeting : before).subarray(5, 37)
      const name = Buffer.from('server')
      await line.write(Buffer.concat([Uint8Array.of(1), nonce, Uint8Array.of(name.length), name, nonce]))
      before = greeting
    })
    assert.equal(outcome, 'wrong')
  }
})

test('E2: a login that was recorded is good for nothing, whole or spliced; no challenge comes twice', async () => {
  for (const method of ['hmac-sha256', 'mutual'] as const) {
    const gate = authGate({ key, method, ...hasty })
    const login = authLogin({ key, method })
    const recorded: Uint8Array[] = []
    const challenges = new Set<string>()
    const record = async (): Promise<void> => {
      const [ours, peer] = memoryPair()
      const [near, far] = memoryPair()
      const entered = gate(peer, { signal: new AbortController().signal })
      const logging = login(near)
      const [server, client] = [dialog(ours), dialog(far)]
      const greeting = await server.read(method === 'mutual' ? 44 : 32)
      challenges.add(Buffer.from(greeting).toString('hex'))
      await client.write(greeting)
      const answer = await client.read(method === 'mutual' ? 72 : 32)
      recorded.push(answer)
      await server.write(answer)
      if (method === 'mutual') await client.write(await server.read(32))
      await within(Promise.all([entered, logging]), 'a login that is listened to')
      for (const end of [ours, peer, near, far]) end.abort()
    }
    for (let round = 0; round < 50; round++) await record()
    for (let round = 0; round < 200 * factor; round++) {
      const whole = recorded[round % 50] as Uint8Array
      const other = recorded[(round * 7 + 1) % 50] as Uint8Array
      const cutAt = round % whole.length
      const sent = round < 50 ? whole : Buffer.concat([whole.subarray(0, cutAt), other.subarray(cutAt)])
      const { outcome } = await attempted(gate, async (line) => {
        challenges.add(Buffer.from(await line.read(method === 'mutual' ? 44 : 32)).toString('hex'))
        await line.write(sent)
      })
      assert.equal(outcome, 'wrong')
    }
    assert.equal(challenges.size, 50 + 200 * factor)
  }
})

test('E3: a login that is passed on between two TLS connections is refused', { skip: noOpenssl }, async (t) => {
  const keys = certify()
  const tls = { tls: keys, listen: 'tls://127.0.0.1:0' }
  const { endpoint, books } = await guarded(t, { method: 'mutual' }, tls)
  const between = await listen('tls://127.0.0.1:0', { tls: keys })
  t.after(() => between.close())
  const trust = { ca: keys.cert }
  const passing = (async () => {
    const { value: victim } = await between[Symbol.asyncIterator]().next()
    await proxy(victim as Connection, await connect(endpoint, { tls: trust })).catch(() => {})
  })()
  const login = authLogin({ key, method: 'mutual' })
  await assert.rejects(within(connect(between.endpoint, { tls: trust, login }), 'the relay'), AuthError)
  await passing
  assert.equal((await books.next('close')).reason, 'auth_failed')
})

test('E4: answers of 0 to 300 bytes, with any bit flipped, of an empty key: none is accepted, none throws', async () => {
  for (const [method, hash, size] of [
    ['hmac-sha256', 'sha256', 32],
    ['hmac-md5', 'md5', 16]
  ] as const) {
    const gate = authGate({ key, method, ...hasty })
    const answering = (make: (challenge: Uint8Array) => Uint8Array) =>
      attempted(gate, async (line) => {
        await line.write(make(await line.read(32)))
        line.end()
      })
    const right = (challenge: Uint8Array): Buffer => createHmac(hash, key).update(challenge).digest()
    assert.equal((await answering(right)).outcome, 'accepted')
    for (let length = 0; length <= 300; length++) {
      const { outcome } = await answering(() => randomBytes(length))
      assert.equal(outcome, length < size ? 'incomplete' : 'wrong')
    }
    for (let bit = 0; bit < size * 8; bit++) {
      const { outcome } = await answering((challenge) => {
        const answer = right(challenge)
        ;(answer[bit >> 3] as number) ^= 1 << (bit & 7)
        return answer
      })
      assert.equal(outcome, 'wrong', `bit ${bit}`)
    }
    const of = (secret: string) => answering((challenge) => createHmac(hash, secret).update(challenge).digest())
    assert.equal((await of('')).outcome, 'wrong')
    const marked = await answering((challenge) => Buffer.concat([Buffer.from('{sha256}'), right(challenge)]))
    assert.equal(marked.outcome, 'wrong')
    assert.equal((await answering((challenge) => Buffer.from(right(challenge).toString('hex')))).outcome, 'wrong')
  }
  for (const wrong of [{ key: new Uint8Array(0) }, { key: 'text' as never }, { key, method: 'none' as never }]) {
    assert.throws(() => authGate(wrong), InvalidOptionError)
    assert.throws(() => authLogin(wrong), InvalidOptionError)
  }
  for (const wrong of [{ name: 'x'.repeat(256) }, { wrongPerMinute: 0 }, { wrongDelayMs: -1 }]) {
    assert.throws(() => authGate({ key, ...wrong }), InvalidOptionError)
  }
})

test('E6: before the login there is a budget of bytes, and a deadline', async (t) => {
  const started = await guarded(t, { wrongDelayMs: 1_000 }, { limits: { loginMs: 200, lingerMs: 50 } })
  const { endpoint, books } = started
  await Promise.all(Array.from({ length: 5 }, () => ask(endpoint, Buffer.alloc(1_048_576))))
  await books.count('close', 5)
  assert.deepEqual(new Set(books.reasons()), new Set(['login_budget']))
  const silent = await dial(endpoint)
  assert.equal((await received(silent)).bytes.length, 32)
  assert.equal((await books.count('close', 6)).at(-1)?.reason, 'login_timeout')
  assert.equal(outcomes(started).at(-1), 'incomplete')
})

test('E7: of all wrong answers of one network 20 a minute are judged, each a second late; others get in', async () => {
  const clock = fakeClock()
  const gate = authGate({ key, clock })
  const judged = new Map<number, number>()
  let tries = 0
  const from = (): string => `2001:db8:0:7::${(tries % 0xffff).toString(16)}`
  const answer =
    (secret: Uint8Array) =>
    async (line: Dialog): Promise<void> => {
      await line.write(
        createHmac('sha256', secret)
          .update(await line.read(32))
          .digest()
      )
    }
  /** Counts what came of it as soon as it is told, and is over when the gate is. */
  const guess = async (): Promise<void> => {
    const [ours, peer] = memoryPair()
    Object.defineProperty(peer, 'remote', { value: { host: from(), port: 1 } })
    tries++
    const began = clock.now()
    const attempt = ({ outcome }: AuthAttempt): void => {
      const minute = Math.floor(clock.now() / 60_000)
      if (outcome === 'wrong') judged.set(minute, (judged.get(minute) ?? 0) + 1)
      else assert.equal(outcome, 'limited')
    }
    const refused = gate(peer, { signal: new AbortController().signal, attempt })
    await answer(Buffer.from('a guess'))(dialog(ours))
    await assert.rejects(refused, AuthError)
    assert.ok(clock.now() - began >= 1_000, 'the refusal came early')
    ours.abort()
    peer.abort()
  }
  for (let round = 0; round < 20 * factor; round++) {
    let over = false
    const all = Promise.all(Array.from({ length: 100 }, guess)).then(() => {
      over = true
    })
    while (!over) {
      await new Promise((resolve) => setImmediate(resolve))
      await clock.advance(250)
    }
    await all
    // Meanwhile somebody else, of a neighbouring network, gets in at once; of this one not even who has the key does.
    assert.equal((await attempted(gate, answer(key), '2001:db8:0:8::1')).outcome, 'accepted')
    assert.equal((await attempted(gate, answer(key), '192.0.2.7')).outcome, 'accepted')
  }
  assert.equal(tries, 2_000 * factor)
  assert.ok(judged.size > 0)
  for (const [minute, count] of judged) assert.ok(count <= 20, `${count} in minute ${minute}`)
  const late = attempted(gate, answer(key), from())
  for (let turn = 0; turn < 20; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(250)
  }
  assert.equal((await late).outcome, 'limited')
  await clock.advance(61_000)
  assert.equal((await attempted(gate, answer(key), from())).outcome, 'accepted')
})

/** What somebody on the way does to the records of a client; each is 20 + payload + 32 bytes long, the last one the end. */
const attacks: Record<string, (records: Buffer[], at: number) => Buffer[]> = {
  tamper: (records, at) => {
    const bytes = Buffer.concat(records)
    const place = (at * 7_919) % bytes.length
    ;(bytes[place] as number) ^= 1 << (at & 7)
    return [bytes]
  },
  drop: (records, at) => records.filter((_, index) => index !== at % (records.length - 1)),
  reorder: (records, at) => {
    const [from, to] = [at % (records.length - 1), (at + 1) % (records.length - 1)]
    const moved = [...records]
    ;[moved[from], moved[to]] = [moved[to] as Buffer, moved[from] as Buffer]
    return moved
  },
  duplicate: (records, at) =>
    records.flatMap((record, index) => (index === at % records.length ? [record, record] : [record]))
}

test('E8: behind a mutual login without TLS, a message tampered with, dropped, reordered or doubled cuts the line', async (t) => {
  const { service, books } = await start(t, echo, { listen: [], gates: [authGate({ key, method: 'mutual' })] })
  const login = authLogin({ key, method: 'mutual' })
  /** One conversation of which somebody holds the middle. */
  const attacked = async (change: (records: Buffer[]) => Buffer[]): Promise<void> => {
    const [near, far] = memoryPair()
    const [ours, peer] = memoryPair({ lingerMs: 50 })
    service.accept(peer)
    const client = (async () => {
      const server = await login(near)
      await pipe(batches([Buffer.from('one')], [Buffer.from('two!')], [Buffer.from('three')]), server, collect())
    })()
    const [server, victim] = [dialog(ours), dialog(far)]
    await victim.write(await server.read(44))
    await server.write(await victim.read(72))
    await victim.write(await server.read(32))
    const records: Buffer[] = []
    for (const size of [3, 4, 5, 0]) records.push(Buffer.from(await victim.read(20 + size + 32)))
    await server.write(Buffer.concat(change(records))).catch(() => {})
    server.end()
    const closed = books.all('close').length
    await books.count('close', closed + 1)
    near.abort()
    far.abort()
    ours.abort()
    await assert.rejects(client)
  }
  let rounds = 0
  for (const attack of Object.values(attacks)) {
    for (let at = 0; at < 50 * factor; at++, rounds++) await attacked((records) => attack(records, at))
  }
  const closes = books.all('close')
  assert.equal(closes.length, rounds)
  const undetected = closes.filter(({ reason }) => reason !== 'bad_mac')
  assert.deepEqual(
    undetected.map(({ reason, error }) => `${reason}: ${error}`),
    []
  )
  // A stream that was cut between two messages is no end either.
  await attacked((records) => records.slice(0, 2))
  const last = books.all('close').at(-1)
  assert.equal(last?.reason, 'truncated')
  assert.ok(last.error instanceof UnexpectedEndError)
})

test('a holder of the key too sends no record over the limit, and nothing behind its end', () => {
  for (const [payloads, says] of [
    [[new Uint8Array(recordBytes + 1)], /over the limit/],
    [[new Uint8Array(0), Buffer.from('more')], /bytes behind its end/]
  ] as const) {
    const seal = recordSealer(key)
    const records = payloads.flatMap((payload) => seal(payload))
    assert.throws(() => recordOpener(key).push([Buffer.concat(records)], []), says)
  }
})

test('behind a mutual login a client that never reads holds little memory, and not for long', async (t) => {
  const limits = { writeStallMs: 100, lingerMs: 50 }
  const gates = [authGate({ key, method: 'mutual' })]
  const { service, books } = await start(t, echo, { listen: [], limits, gates })
  const [near, peer] = memoryPair({ lingerMs: 50 })
  service.accept(peer)
  const server = await authLogin({ key, method: 'mutual' })(near)
  let sent = 0
  const flood = server.sink(
    (async function* () {
      for (; sent < 10_000_000; sent += 10_000) yield [pattern(10_000)]
    })()
  )
  await assert.rejects(within(flood, 'the end of the flood'))
  assert.equal((await books.next('close')).reason, 'write_stalled')
  assert.ok(sent < 1_000_000, `${sent} bytes were taken`)
})

test('a server that stops tells a quiet client behind a mutual login gently', async (t) => {
  const { service, books, endpoint } = await start(t, echo, {
    options: { lines: true },
    gates: [authGate({ key, method: 'mutual' })]
  })
  await using server = await connect(endpoint, { login: authLogin({ key, method: 'mutual' }) })
  const line = dialog(server)
  await line.write(Buffer.from('one\n'))
  assert.equal(String(Buffer.from(await line.read(4))), 'one\n')
  const stopped = service.stop({ graceMs: 10_000 })
  await assert.rejects(line.read(1), UnexpectedEndError)
  await server.close()
  await within(stopped, 'the stop', 5_000)
  assert.deepEqual(books.reasons(), ['finished'])
})

test('a key file: a line end is not part of it; empty, missing, or open to others it is refused', () => {
  const path = directory()
  const file = (content: string, mode = 0o600): string => {
    const at = join(path, `key-${randomBytes(4).toString('hex')}`)
    writeFileSync(at, content)
    chmodSync(at, mode)
    return at
  }
  for (const [content, wanted] of [
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['two\nlines\n', 'two\nlines'],
    ['blank \n\n', 'blank \n'],
    ['\0\xff', '\0\xff']
  ] as const) {
    assert.equal(String(Buffer.from(readKeyFile(file(content)))), wanted)
  }
  const wrong: [string, RegExp][] = [
    [join(path, 'nowhere'), /no such file/],
    [path, /directory|mode/i],
    [file(''), /empty/],
    [file('\n'), /empty/],
    [file('\r\n'), /empty/],
    [file('x'.repeat(5_000)), /at most 4096/],
    [file('secret', 0o640), /chmod 600.*0640/],
    [file('secret', 0o604), /0604/],
    [file('secret', 0o622), /0622/]
  ]
  for (const [at, says] of wrong) {
    assert.throws(
      () => readKeyFile(at, '--auth-key-file'),
      (error) => {
        assert.ok(error instanceof InvalidOptionError)
        assert.match(error.message, says)
        assert.equal(error.option, '--auth-key-file')
        return true
      }
    )
  }
})
