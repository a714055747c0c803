/**
 * Broadcast on the loopback: several listeners share a port, each hears every datagram, whoever sends it.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { quoted } from '../../lib/index.ts'
import { broadcast, broadcastClient } from '../../servers/broadcast.ts'
import { python, skipUnless } from '../support/program.ts'
import { pythonDatagrams } from '../support/python.ts'
import { freeDatagramEndpoint, hostAndPort } from '../support/raw.ts'
import { batches, start } from '../support/service.ts'
import { Bell } from '../support/wait.ts'

const network = '127.255.255.255'
const noPython = skipUnless('python3')

/** A listener that keeps what it reports. */
class Ear {
  readonly lines: string[] = []
  readonly #bell = new Bell()

  async listen(t: TestContext, endpoint: string): Promise<this> {
    const report = (line: string): void => {
      this.lines.push(line)
      this.#bell.ring()
    }
    await start(t, broadcast, { listen: endpoint, report })
    return this
  }

  /** Waits for line number `index`. */
  line(index: number): Promise<string> {
    return this.#bell.until(() => this.lines[index], `line ${index} of a listener`)
  }
}

function send(endpoint: string, message: string): Promise<void> {
  const input = batches<Uint8Array>()
  const { signal } = new AbortController()
  return broadcastClient.run({ endpoint, message, options: {}, input, print: async () => {}, signal })
}

test('two listeners and one in Python hear a broadcast of ours and of Python', { skip: noPython }, async (t) => {
  const endpoint = await freeDatagramEndpoint(network)
  const ears = [await new Ear().listen(t, endpoint), await new Ear().listen(t, endpoint)]
  const stranger = python('hear.py', endpoint)
  t.after(() => stranger.kill())
  await stranger.lineAt(0)

  await send(endpoint, 'Broadcast datagram!')
  for (const ear of ears) {
    assert.match(await ear.line(0), /^The client at 127\.0\.0\.1:[1-9]\d* says: 'Broadcast datagram!'$/)
  }
  assert.equal(JSON.parse(await stranger.lineAt(1)), 'Broadcast datagram!')

  const mouth = pythonDatagrams(t)
  const { from } = await mouth.ask({ to: endpoint, say: 'from Python', wait: 0, broadcast: true })
  for (const ear of ears) assert.equal(await ear.line(1), `The client at 127.0.0.1:${from} says: 'from Python'`)
  assert.deepEqual(await mouth.ask({ to: endpoint, say: 'not allowed', wait: 0 }), { error: 'PermissionError' })
})

test('nobody hears a broadcast who is bound to 127.0.0.1', { skip: noPython }, async (t) => {
  const endpoint = await freeDatagramEndpoint(network)
  const { port } = hostAndPort(endpoint)
  const [deaf, ear] = [new Ear(), new Ear()]
  await deaf.listen(t, `udp://127.0.0.1:${port}`)
  await ear.listen(t, endpoint)
  const mouth = pythonDatagrams(t)
  await mouth.ask({ to: endpoint, say: 'to all', wait: 0, broadcast: true })
  await ear.line(0)
  await mouth.ask({ to: `udp://127.0.0.1:${port}`, say: 'to one', wait: 0 })
  assert.match(await deaf.line(0), /'to one'$/)
})

test('a datagram is one line, whatever is in it, and none is too odd', { skip: noPython }, async (t) => {
  const endpoint = await freeDatagramEndpoint(network)
  const ear = await new Ear().listen(t, endpoint)
  const mouth = pythonDatagrams(t)
  const odd: [say: string, shown: string][] = [
    ['', "''"],
    ['it\'s "so"', `'it\\'s "so"'`],
    ["it's so", `"it's so"`],
    ['two\nlines\r\n', "'two\\nlines\\r\\n'"],
    ['\x1b[2J\x00', "'\\x1b[2J\\x00'"],
    ['\xff\xfe invalid', "b'\\xff\\xfe invalid'"],
    ['\xe2\x80\xae', "'\\u202e'"],
    ['\xed\xa0\x80', "b'\\xed\\xa0\\x80'"],
    ['\xe2\x82\xac', "'€'"]
  ]
  for (const [index, [say, shown]] of odd.entries()) {
    const { from } = await mouth.ask({ to: endpoint, say, wait: 0, broadcast: true })
    assert.equal(await ear.line(index), `The client at 127.0.0.1:${from} says: ${shown}`)
  }
  // The largest datagram there is comes whole, to one listener's own address.
  await mouth.ask({ to: endpoint, say: 'x'.repeat(65_507), wait: 0, broadcast: true })
  assert.ok((await ear.line(odd.length)).endsWith(`says: '${'x'.repeat(65_507)}'`))
})

test('text is shown as Python shows it', { skip: noPython }, async () => {
  const texts: string[] = []
  for (let code = 0; code < 0x3_0000; code++) {
    if (code < 0xd800 || code > 0xdfff) texts.push(`a${String.fromCodePoint(code)}'`)
  }
  const { stdout } = await python('shown.py').write(JSON.stringify(texts), 'end').ended()
  const shown = JSON.parse(String(stdout)) as (string | null)[]
  const different = texts.filter((text, index) => {
    // A code point that only one of the two Unicode versions knows is nobody's fault.
    return shown[index] !== null && !/\p{Cn}/u.test(text) && quoted(Buffer.from(text)) !== shown[index]
  })
  assert.deepEqual(different.slice(0, 20), [])
})
