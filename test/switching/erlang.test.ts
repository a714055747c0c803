/**
 * The handshake of Erlang's distribution: frames with their length in 2 bytes, and from one message on, in each
 * direction another, with their length in 4. It is a stage in both directions, for a plain `gen_tcp` and for a real node.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { switching } from '../../lib/codec/switching.ts'
import {
  batched,
  type Connection,
  collect,
  decode,
  encode,
  type Listener,
  length,
  listen,
  map,
  parseEndpoint,
  pipe,
  type Step,
  stage
} from '../../lib/index.ts'
import { exhaustive } from '../../lib/laws/cuttings.ts'
import { decode as decoded, encodeBatches } from '../../lib/laws/outcome.ts'
import { Child } from '../support/child.ts'
import { skipUnless } from '../support/program.ts'
import { within } from '../support/wait.ts'
import { transports } from './transports.ts'

/** The last message of each side's handshake: the reply of who called, the acknowledgement of who was called. */
const lastMessages: readonly (number | undefined)[] = [0x72, 0x61]

const distribution = switching(length({ prefix: 2 }), (frame) =>
  lastMessages.includes(frame[0]) ? length({ prefix: 4 }) : undefined
)

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))
const large = new Uint8Array(70_000).fill(0x78)

test('the lengths have 2 bytes up to the last message of the handshake and 4 behind it, in every cutting', () => {
  const frames = [bytes('name'), bytes('reply'), bytes('reply'), new Uint8Array(0)]
  const wire = encodeBatches(distribution, [frames]).bytes
  assert.deepEqual(wire, bytes('\0\x04name\0\x05reply\0\0\0\x05reply\0\0\0\0'))
  for (const batches of exhaustive(wire, 40)) {
    assert.deepEqual(decoded(distribution, batches), { frames, fault: undefined })
  }
})

/** Our side of it: each message has an answer that begins with the letter it must. */
const answers: Readonly<Record<string, string>> = { n: 's', r: 'a' }
const answer = map((frame: Uint8Array) => {
  const first = String.fromCharCode(frame[0] ?? 0)
  return new Uint8Array(Buffer.concat([bytes(answers[first] ?? first), frame.subarray(1)]))
})

function serve(peer: Connection): Promise<void> {
  return pipe(peer, decode(distribution), answer, encode(distribution), peer)
}

for (const [name, open] of transports) {
  test(`both directions switch, each at its own message (${name})`, async () => {
    await using ends = await open()
    const served = serve(ends.server)
    const sent = [bytes('name'), bytes('reply'), bytes('more'), large]
    const heard = await pipe(batched(sent), encode(distribution), ends.client, decode(distribution), collect())
    await within(served, 'the end')
    assert.deepEqual(
      heard,
      [bytes('same'), bytes('aeply'), bytes('more'), large].map((frame) => frame)
    )
  })
}

/** Runs an Erlang program, with the port of a listener for `PORT`. */
function erl(listener: Listener, program: string, ...flags: readonly string[]): Child {
  const at = parseEndpoint(listener.endpoint)
  const port = at.kind === 'tcp' ? String(at.port) : ''
  const all = [...flags, '-noshell', '-eval', program].map((text) => text.replaceAll('PORT', port))
  return new Child('erl', all, { family: true, env: { ERL_CRASH_DUMP: '/dev/null' } })
}

async function accepted(listener: Listener): Promise<Connection> {
  const next = listener[Symbol.asyncIterator]().next()
  return (await within(next, 'a connection from Erlang')).value as Connection
}

const gen_tcp = `
  {ok, S} = gen_tcp:connect({127,0,0,1}, PORT, [binary, {packet,2}, {active,false}]),
  ok = gen_tcp:send(S, <<"name">>),
  {ok, <<"same">>} = gen_tcp:recv(S, 0, 10000),
  ok = gen_tcp:send(S, <<"reply">>),
  Large = binary:copy(<<"x">>, 70000),
  ok = inet:setopts(S, [{packet,4}]),
  ok = gen_tcp:send(S, <<"rest">>),
  ok = gen_tcp:send(S, Large),
  ok = inet:setopts(S, [{packet,2}]),
  {ok, <<"aeply">>} = gen_tcp:recv(S, 0, 10000),
  ok = inet:setopts(S, [{packet,4}]),
  {ok, <<"aest">>} = gen_tcp:recv(S, 0, 10000),
  {ok, Large} = gen_tcp:recv(S, 0, 10000),
  ok = gen_tcp:close(S),
  io:format("all heard~n"), halt().`

test('gen_tcp with {packet,2} and then {packet,4} is understood and understands', {
  skip: skipUnless('erl')
}, async () => {
  await using listener = await listen('tcp://127.0.0.1:0')
  const program = erl(listener, gen_tcp)
  const peer: Connection = await accepted(listener)
  const served = serve(peer)
  const { status, stdout } = await program.ended()
  await within(served, 'the end')
  await peer.close()
  assert.deepEqual([status, stdout.toString()], [0, 'all heard\n'])
})

const cookie = 'chocolate'
const digest = (challenge: number): Buffer => createHash('md5').update(`${cookie}${challenge}`).digest()

/** The called side of a node, as far as one message and its answer. */
const node = stage<Uint8Array, Uint8Array>('node', (): Step<Uint8Array, Uint8Array> => {
  const challenge = 0x12345678
  return {
    push(batch, out) {
      for (const { buffer, byteOffset, byteLength } of batch) {
        const frame = Buffer.from(buffer, byteOffset, byteLength)
        const tag = String.fromCharCode(frame[0] ?? 0)
        if (tag === 'N') out.push(bytes('sok'), challengeFor(frame, challenge))
        if (tag === 'r') {
          assert.deepEqual(frame.subarray(5), digest(challenge))
          out.push(new Uint8Array(Buffer.concat([bytes('a'), digest(frame.readUInt32BE(1))])))
        }
        if (tag === 'p') out.push(echoed(frame))
      }
    }
  }
})

/** Our name and our challenge, with the abilities of the caller but for two that concern how messages are written. */
function challengeFor(name: Buffer, challenge: number): Uint8Array {
  const atomCacheAndFragments = 0x80_2000n
  const ours = 'it@127.0.0.1'
  const message = Buffer.alloc(19)
  message.write('N')
  message.writeBigUInt64BE(name.readBigUInt64BE(1) & ~atomCacheAndFragments, 1)
  message.writeUInt32BE(challenge, 9)
  message.writeUInt32BE(1, 13)
  message.writeUInt16BE(ours.length, 17)
  return new Uint8Array(Buffer.concat([message, bytes(ours)]))
}

/** A message for a registered name, `{6, From, '', Name}` and a term, sent back to the process that it is from. */
function echoed(frame: Buffer): Uint8Array {
  const from = frame.subarray(6, 6 + 3 + (frame[8] ?? 0) + 12)
  const cookieAndName = frame.subarray(6 + from.length)
  const term = cookieAndName.subarray(cookieAndName.indexOf(131))
  return new Uint8Array(Buffer.concat([Buffer.from([112, 131, 104, 3, 97, 2, 119, 0]), from, term]))
}

const sends = `
  true = net_kernel:connect_node('it@127.0.0.1'),
  Large = binary:copy(<<"x">>, 70000),
  {probe, 'it@127.0.0.1'} ! Large,
  {probe, 'it@127.0.0.1'} ! <<"hello">>,
  receive Large -> ok after 10000 -> halt(1) end,
  receive <<"hello">> -> io:format("all heard~n"), halt() after 10000 -> halt(2) end.`

test('a real node connects, is authenticated, sends a message and hears it back', {
  skip: skipUnless('erl')
}, async () => {
  await using listener = await listen('tcp://127.0.0.1:0')
  const flags = '-name caller@127.0.0.1 -hidden -start_epmd false -erl_epmd_port PORT -dist_listen false -setcookie'
  const caller = erl(listener, sends, ...flags.split(' '), cookie)
  const peer = await accepted(listener)
  const served = pipe(peer, decode(distribution), node, encode(distribution), peer).catch((error: unknown) => error)
  const { status, stdout, stderr } = await caller.ended()
  await within(served, 'the end')
  await peer.close()
  assert.deepEqual([status, stdout.toString(), stderr], [0, 'all heard\n', ''])
})
