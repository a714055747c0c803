/** The login of multiprocessing.connection against peers that lie, in memory (rows E1, E2 and E4). */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { multiprocessing } from '../../lib/codec/presets/multiprocessing.ts'
import { authkeyGate, authkeyLogin, type Dialog, dialog, memoryPair, PeerError } from '../../lib/index.ts'
import { within } from '../support/wait.ts'

const authkey = Buffer.from('secret')
const message = multiprocessing()
const { signal } = new AbortController()
/** Many tries, and no wait behind a wrong one: both are tested with the other logins. */
const patient = { wrongDelayMs: 0, wrongPerMinute: 10_000 }

const mac = (digest: string, question: Uint8Array): Buffer => createHmac(digest, authkey).update(question).digest()
const proof = (name: string, question: Uint8Array, digest = name): Buffer =>
  Buffer.concat([Buffer.from(`{${name}}`), mac(digest, question)])

/** What a peer has to say, a message at a time; the challenges that it got stand without their prefix. */
type Peer = (ask: Ask, question: Buffer) => Promise<unknown>
interface Ask {
  (say: Uint8Array): Promise<Buffer | undefined>
  /** Says it, and waits for nothing. */
  only(say: Uint8Array): Promise<void>
}

/** Undefined where the gate lets the peer in, else why not; and what the peer last heard. */
async function knock(peer: Peer, allowMd5 = false): Promise<{ why: string | undefined; last: string }> {
  const [client, server] = memoryPair()
  const gate = authkeyGate({ authkey, allowMd5, ...patient })(server, { signal })
  const outcome = gate.then(
    () => undefined,
    (error: unknown) => {
      assert.ok(error instanceof PeerError, String(error))
      server.abort()
      return (error as Error).message
    }
  )
  const talk = dialog(client)
  let last = ''
  const heard = async (): Promise<Buffer | undefined> => {
    const told = await talk.next(message).catch(() => undefined)
    last = told === undefined ? last : String(Buffer.from(told).subarray(0, 11))
    return told === undefined ? undefined : Buffer.from(told)
  }
  const only = (bytes: Uint8Array): Promise<void> => talk.send(message, bytes).catch(() => {})
  const ask = Object.assign(
    async (bytes: Uint8Array) => {
      await only(bytes)
      return heard()
    },
    { only }
  )
  await within(peer(ask, (await heard())?.subarray('#CHALLENGE#'.length) as Buffer), 'the end of the peer')
  talk.end()
  const why = await within(outcome, 'an outcome of the gate')
  client.abort()
  return { why, last }
}

const challenge = (question: Uint8Array): Buffer => Buffer.concat([Buffer.from('#CHALLENGE#'), question])
const welcome = Buffer.from('#WELCOME#')
const own = Buffer.concat([Buffer.from('{sha256}'), Buffer.alloc(40, 1)])

/** An honest client, with one thing about it changed. */
const client =
  (answer: (question: Buffer) => Uint8Array): Peer =>
  async (ask, question) => {
    if ((await ask(answer(question)))?.equals(welcome) !== true) return
    // The server asks first and is asked last.
    assert.deepEqual(await ask(challenge(own)), proof('sha256', own))
    await ask.only(welcome)
  }

test('an honest client is let in with any digest, with MD5 only where that is allowed', async () => {
  for (const [name, digest] of [['sha256'], ['sha384'], ['sha3_256', 'sha3-256'], ['sha3_384', 'sha3-384']] as const) {
    assert.equal((await knock(client((question) => proof(name, question, digest)))).why, undefined, name)
  }
  for (const answer of [(question: Buffer) => mac('md5', question), (question: Buffer) => proof('md5', question)]) {
    assert.equal((await knock(client(answer), true)).why, undefined)
    assert.match((await knock(client(answer))).why ?? '', /of MD5 \(Python 3.11 or earlier\), which was not allowed/)
  }
})

test('nobody else is, and nothing is signed for them', async () => {
  const right = (question: Buffer): Buffer => proof('sha256', question)
  const liars: Record<string, (question: Buffer) => Uint8Array> = {
    'the challenge itself': (question) => question,
    'the challenge with its prefix': challenge,
    'no digest': (question) => mac('sha256', question),
    'a digest of another name': (question) => proof('sha1', question),
    'a name of the prototype': (question) => proof('constructor', question, 'sha256'),
    'a weaker digest under the stronger name': (question) => proof('sha256', question, 'md5'),
    'a proof without the name in what is signed': (question) => proof('sha256', question.subarray('{sha256}'.length)),
    'a proof cut short': (question) => right(question).subarray(0, -1),
    'a proof and a byte': (question) => Buffer.concat([right(question), Buffer.alloc(1)]),
    'a welcome': () => welcome,
    nothing: () => Buffer.alloc(0),
    'too much': () => Buffer.alloc(257),
    'a proof of another time': () => proof('sha256', own)
  }
  for (const [what, answer] of Object.entries(liars)) {
    const { why, last } = await knock(client(answer))
    assert.match(why ?? 'let in', /did not prove that it has the key|over the limit of 256 bytes/, what)
    assert.ok(last === '#FAILURE#' || last === '#CHALLENGE#', `${what}: heard ${last}`)
  }
  for (let length = 0; length <= 300; length++) {
    const { why } = await knock(
      client(() => Buffer.alloc(length, '{')),
      true
    )
    assert.ok(why !== undefined, `${length} bytes`)
  }
  for (let bit = 0; bit < 256; bit++) {
    const flipped = (question: Buffer): Buffer => {
      const made = right(question)
      const at = '{sha256}'.length + (bit >> 3)
      made[at] = (made[at] as number) ^ (1 << (bit & 7))
      return made
    }
    assert.match((await knock(client(flipped))).why ?? 'let in', /another key/)
  }
})

test('a challenge of ours that comes back is answered by nobody who has not proved himself', async () => {
  let reflected: Buffer | undefined
  const { why } = await knock(async (ask, question) => {
    // The oldest trick: have the server answer its own question on a second line.
    const second = await knock(async (askSecond) => {
      reflected = await askSecond(challenge(question))
    })
    assert.notEqual(second.why, undefined)
    await ask(reflected ?? Buffer.alloc(0))
  })
  assert.equal(String(reflected), '#FAILURE#')
  assert.notEqual(why, undefined)
})

/** A false server against our client: what it sends first, and then to whatever it hears. */
async function lure(serve: (talk: Dialog) => Promise<unknown>, allowMd5 = false): Promise<string> {
  const [client, server] = memoryPair()
  const talk = dialog(server)
  const [failed] = await Promise.all([
    within(authkeyLogin({ authkey, allowMd5 })(client), 'the login').then(
      () => 'logged in',
      (error: Error) => {
        client.abort()
        return error.message
      }
    ),
    serve(talk).finally(() => talk.end())
  ])
  return failed
}

test('our client signs for no short or nameless challenge, and believes no server without a proof', async () => {
  const after =
    (...say: Uint8Array[]) =>
    async (talk: Dialog) => {
      for (const bytes of say) await talk.send(message, bytes)
      await talk.next(message).catch(() => {})
    }
  assert.match(await lure(after(Buffer.from('hello'))), /5 bytes that are no challenge/)
  assert.match(await lure(after(challenge(Buffer.alloc(19))), true), /a challenge of 19 bytes/)
  assert.match(await lure(after(challenge(own.subarray(0, 19)))), /a challenge of 19 bytes/)
  assert.match(await lure(after(challenge(Buffer.alloc(20)))), /asks for MD5/)
  assert.match(await lure(after(challenge(Buffer.alloc(48))), true), /48 bytes without a digest that we know/)
  assert.match(await lure(after(challenge(own), Buffer.from('#FAILURE#'))), /rejected our proof/)
  assert.match(await lure(after(challenge(own))), /ended in front of its verdict/)
  assert.match(await lure(after(challenge(own), welcome, Buffer.alloc(40))), /40 bytes without the name of a digest/)
  // What it got from us itself is of no use to it.
  const mirror = async (talk: Dialog): Promise<void> => {
    await talk.send(message, challenge(own))
    const given = (await talk.next(message)) as Uint8Array
    await talk.send(message, welcome)
    await talk.next(message)
    await talk.send(message, given)
  }
  assert.match(await lure(mirror), /another key/)
  assert.throws(() => authkeyGate({ authkey: Buffer.alloc(0) }), /a key of at least one byte/)
})
