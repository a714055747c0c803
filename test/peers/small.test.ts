/**
 * sixteen, streamer, blocks and timestamp, with clients as the textbooks write them in Python, and with `date`.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { type Client, defaultsOf, type Server, UnexpectedEndError } from '../../lib/index.ts'
import { blocks, blocksClient } from '../../servers/blocks.ts'
import { sixteen, sixteenClient } from '../../servers/sixteen.ts'
import { streamer, streamerClient } from '../../servers/streamer.ts'
import { timestamp, timestampClient } from '../../servers/timestamp.ts'
import { upper, upperClient } from '../../servers/upper.ts'
import { skipUnless } from '../support/program.ts'
import { textbook } from '../support/python.ts'
import { ask, cut, dial } from '../support/raw.ts'
import { batches, type Started, start } from '../support/service.ts'
import { within } from '../support/wait.ts'

const noPython = skipUnless('python3')
const MiB = 2 ** 20

/** A service and what it reports, without the senders. */
async function reporting<O>(
  t: TestContext,
  server: Server<O>,
  options: Partial<O> = {},
  limits: Record<string, number> = {}
): Promise<Started & { said: string[] }> {
  const said: string[] = []
  const report = (line: string): void => void said.push(line.replace(/^The client at 127\.0\.0\.1:\d+ (sent )?/, ''))
  return { ...(await start(t, server, { options, report, limits })), said }
}

/** Runs a client of ours; answers what it prints. */
async function run<O>(
  client: Client<O>,
  endpoint: string,
  message?: string,
  options: Partial<O> = {}
): Promise<string> {
  let printed = ''
  const running = client.run({
    endpoint,
    message,
    options: { ...defaultsOf(client.options), ...options },
    input: batches([Buffer.from('from '), Buffer.from('input')]),
    print: async (output) => {
      printed += typeof output === 'string' ? `${output}\n` : Buffer.from(output).toString()
    },
    signal: new AbortController().signal
  })
  await within(running, `the client of ${client.name}`)
  return printed
}

test('sixteen: sixteen bytes are answered, fewer are told with how many came of how many', {
  skip: noPython
}, async (t) => {
  const { endpoint, books, said } = await reporting(t, sixteen)
  const client = textbook(t)
  for (let bytes = 0; bytes < 16; bytes++) {
    const { got, how } = await client.ask({ do: 'sixteen', to: endpoint, bytes })
    assert.deepEqual([got, how], ['', 'fin'])
    const { reason, error } = (await books.count('close', bytes + 1)).at(-1) as { reason: string; error: Error }
    assert.equal(reason, 'truncated')
    assert.match(error.message, new RegExp(`after ${bytes} bytes? of 16$`))
  }
  const { got } = await client.ask({ do: 'sixteen', to: endpoint, bytes: 16 })
  assert.equal(got, 'Farewell, client')
  assert.deepEqual(said, ["says: 'Hi there, server'"])
  // What stands behind the sixteenth byte is no part of it, and the answer arrives all the same.
  assert.equal(String((await ask(endpoint, 'x'.repeat(100_000))).bytes), 'Farewell, client')
  assert.equal(await run(sixteenClient, endpoint), 'Farewell, client\n')
  await assert.rejects(run(sixteenClient, endpoint, 'too short'), /of 9 bytes/)
})

test('streamer: messages of 0 bytes, 1 byte and 64 MiB, counted and hashed', { skip: noPython }, async (t) => {
  const { endpoint, said } = await reporting(t, streamer, { reply: true })
  const client = textbook(t)
  for (const bytes of [0, 1, 64 * MiB]) {
    const { got, sha256 } = await client.ask({ do: 'streamer', to: endpoint, bytes })
    assert.equal(got, `${bytes} ${sha256}\n`)
  }
  assert.deepEqual(said.slice(0, 2), ["0 bytes: ''", "1 byte: '\\x00'"])
  assert.match(said[2] as string, /^67108864 bytes: b'\\x00.*'\.\.\.$/)
  assert.match(await run(streamerClient, endpoint, undefined, { reply: true }), /^10 [0-9a-f]{64}\n$/)
})

test('streamer: what was cut is not reported, and one text is shown as it is', { skip: noPython }, async (t) => {
  const { endpoint, books, said } = await reporting(t, streamer)
  const text = 'Beautiful is better than ugly.'
  for (let bytes = 0; bytes <= text.length; bytes++) {
    const socket = await dial(endpoint)
    if (bytes > 0) await new Promise((resolve) => socket.write(text.slice(0, bytes), resolve))
    await cut(socket)
  }
  await books.count('close', text.length + 1)
  assert.deepEqual(new Set(books.reasons()), new Set(['peer_reset']))
  await run(streamerClient, endpoint, text)
  await ask(endpoint, 'é'.repeat(1000))
  await books.count('close', text.length + 3)
  assert.deepEqual(said, ["30 bytes: 'Beautiful is better than ugly.'", `2000 bytes: '${'é'.repeat(511)}'...`])
  await assert.rejects(run(streamerClient, endpoint, 'x', { reply: true }), /nothing/)
})

test('blocks: each block and each message, and what is cut at every byte', { skip: noPython }, async (t) => {
  const { endpoint, books, said } = await reporting(t, blocks)
  const client = textbook(t)
  const wire = { do: 'blocks', to: endpoint, blocks: [2, 3, 0] } as const
  const whole = 3 * 4 + 2 + 3
  for (let bytes = 0; bytes <= whole; bytes++) {
    const { got, how } = await client.ask({ ...wire, bytes })
    assert.deepEqual([got, how], ['', 'fin'])
    const { reason, error } = (await books.count('close', bytes + 1)).at(-1) as { reason: string; error?: Error }
    assert.equal(reason, bytes === 0 || bytes === whole ? 'finished' : 'truncated', `${bytes} bytes`)
    if (reason === 'finished') continue
    assert.ok(error instanceof UnexpectedEndError)
    const between = bytes === 6 || bytes === 13
    const needed = between ? bytes + 4 : (error.needed as number)
    assert.match(error.message, new RegExp(`after \\d+ bytes? of ${needed}$`))
    if (between) assert.deepEqual([error.codec, error.had], ['blocks', bytes])
  }
  assert.deepEqual(said.slice(-3), [
    "block 1 of message 1, 2 bytes: '\\x00\\x01'",
    "block 2 of message 1, 3 bytes: '\\x00\\x01\\x02'",
    'message 1: 2 blocks, 5 bytes'
  ])
  said.length = 0
  await client.ask({ ...wire, blocks: [0, 1, 0] })
  assert.deepEqual(said, [
    'message 1: 0 blocks, 0 bytes',
    "block 1 of message 2, 1 byte: '\\x00'",
    'message 2: 1 block, 1 byte'
  ])
})

test('blocks: a message comes back in reverse, also one of 64 MiB', { skip: noPython }, async (t) => {
  const large = { totalBufferedBytes: 128 * MiB }
  const { endpoint } = await reporting(t, blocks, { reply: true, maxBytes: 64 * MiB }, large)
  const client = textbook(t)
  for (const sizes of [[0], [1, 0], [1, 2, 3, 0], [1, 64 * MiB - 1, 0]]) {
    const { got, how } = await client.ask({ do: 'blocks', to: endpoint, blocks: sizes, reply: true })
    assert.deepEqual([JSON.parse(got), how], [sizes.slice(0, -1).reverse(), 'fin'])
  }
  assert.equal(await run(blocksClient, endpoint, 'one two three', { reply: true }), 'three\ntwo\none\n')
  assert.equal(await run(blocksClient, endpoint, undefined, { reply: true }), 'input\nfrom \n')
  const { how } = await client.ask({ do: 'blocks', to: endpoint, blocks: [64 * MiB, 1, 0], reply: true })
  assert.notEqual(how, 'fin')
})

test('what is only reported is not kept: 256 MiB go through in little memory', { skip: noPython }, async (t) => {
  const client = textbook(t)
  const stream = await reporting(t, streamer)
  const block = await reporting(t, blocks)
  const tasks = [
    { do: 'streamer', to: stream.endpoint, bytes: 256 * MiB },
    { do: 'blocks', to: block.endpoint, blocks: [64 * MiB, 64 * MiB, 64 * MiB, 64 * MiB, 0] }
  ] as const
  for (const task of tasks) {
    const before = process.memoryUsage.rss()
    let most = 0
    const look = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss())
    }, 5)
    assert.equal((await client.ask(task)).how, 'fin')
    clearInterval(look)
    assert.ok(most > 0 && most - before < 100 * MiB, `${most - before} bytes more for ${task.do}`)
  }
  assert.match(stream.said.join(), /^268435456 bytes/)
  assert.equal(block.said.at(-1), 'message 1: 4 blocks, 268435456 bytes')
})

test('timestamp: 10,000 in one write come back as date prints them', { skip: skipUnless('date') }, async (t) => {
  const { endpoint } = await reporting(t, timestamp)
  // The edges of years and of what a date can be; the leap second at the end of 2016; a part of a second is cut off.
  const edges = [
    '0',
    '-1',
    '-1.5',
    '1.999',
    '1345063230.99999999999999999999',
    '-1345063230.00000000000000000001',
    '-0.0',
    '1483228799',
    '1483228800',
    '951782400',
    '253402214400',
    '-62135510400',
    '1e3'
  ]
  const some = Array.from({ length: 10_000 - edges.length + 1 }, (_, index) => String((index - 5_000) * 7_654_321))
  const asked = [...edges.filter((text) => text !== '1e3'), ...some]
  const input = asked.map((text) => `@${text}\n`).join('')
  const zone = process.env.TZ
  t.after(() => {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })
  for (const TZ of ['UTC', 'America/New_York']) {
    process.env.TZ = TZ
    const by = execFileSync('date', ['-f', '-', '+%F %T'], { input, env: { ...process.env, TZ } })
    const { bytes } = await ask(endpoint, `${asked.join('\n')}\n`)
    const [got, wanted] = [String(bytes).split('\n'), String(by).split('\n')]
    assert.equal(got.length, 10_001)
    const wrong = got.findIndex((line, index) => line !== wanted[index])
    assert.equal(wrong, -1, `${asked[wrong]} in ${TZ}: ${got[wrong]}, not ${wanted[wrong]}`)
  }
})

test('timestamp: what is none is told so, and the conversation goes on', async (t) => {
  const { endpoint, books } = await reporting(t, timestamp, { format: '%s' })
  const wrong = ['words', '', '1e3', '0x10', '+5', '.5', '5.', '5_0', '٥', 'NaN', 'Infinity', "it's", '\x1b[2J', '\xff']
  const lines = wrong.map((text) => Buffer.from(text, text === '\xff' ? 'latin1' : 'utf8'))
  const asked = Buffer.concat([...lines.flatMap((line) => [line, Buffer.from('\n')]), Buffer.from('7\r\n -8 \n')])
  const answers = String((await ask(endpoint, asked)).bytes).split('\n')
  assert.deepEqual(answers.splice(-3), ['7', '-8', ''])
  for (const answer of answers) assert.match(answer, /^Error: not a timestamp: [ -~٥]+$/)
  assert.equal(answers.length, wrong.length)
  for (const text of ['253402300800', '-62135596801', '9'.repeat(400)]) {
    const [answer] = String((await ask(endpoint, `${text}\n`)).bytes).split('\n')
    assert.match(answer as string, /^Error: not a timestamp of the years 1 to 9999: '-?\d{1,40}'(\.\.\.)?$/)
  }
  assert.equal(String((await ask(endpoint, '253402300799\n-62135596800\n')).bytes), '253402300799\n-62135596800\n')
  // A number without end is no line.
  await ask(endpoint, '1'.repeat(100_000))
  assert.equal((await books.count('close', 6)).at(-1)?.reason, 'frame_too_large')
})

test('timestamp: our client asks once, or again and again until the server ends', async (t) => {
  const { endpoint, service } = await reporting(t, timestamp, { format: '%s' })
  assert.equal(await run(timestampClient, endpoint, '-1.5'), '-2\n')
  const chunks = await reporting(t, timestamp, { format: '%s', framing: 'chunk' })
  assert.equal(await run(timestampClient, chunks.endpoint, '5', { framing: 'chunk' }), '5\n')
  const started = Math.floor(Date.now() / 1000)
  const printed: string[] = []
  const running = timestampClient.run({
    endpoint,
    message: undefined,
    options: { every: 0.01, framing: 'line' },
    input: batches(),
    async print(line) {
      if (printed.push(String(line)) === 3) void service.stop({ graceMs: 50 })
    },
    signal: new AbortController().signal
  })
  await assert.rejects(within(running, 'the end of the client'), /the server ended|reset|unanswered/)
  assert.ok(printed.length >= 3 && printed.every((line) => Number(line) >= started && Number(line) < started + 60))
})

test('upper: bytes that are no ASCII letters stay as they are', async (t) => {
  const { endpoint } = await reporting(t, upper)
  const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  const { bytes } = await ask(endpoint, every)
  assert.equal(
    bytes.toString('latin1'),
    Buffer.from(every)
      .toString('latin1')
      .replace(/[a-z]/g, (letter) => letter.toUpperCase())
  )
  assert.equal(await run(upperClient, endpoint, 'Straße'), 'STRAßE\n')
})
