/**
 * Twisted's NetstringReceiver at both ends of ours: every string comes back reversed, and both refuse the same nonsense.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { netstring } from '../../lib/codec/presets/netstring.ts'
import { collect, connect, decode, encode, MalformedFrameError, map, pipe, take } from '../../lib/index.ts'
import { debianScript, proved, skipUnlessModule } from '../support/preset-peers.ts'
import { ask, assertSame, hostAndPort, pattern } from '../support/raw.ts'
import { handling, start } from '../support/service.ts'
import { signpost, within } from '../support/wait.ts'

const skip = skipUnlessModule('twisted', 'python3-twisted')

const server = `
from twisted.internet import protocol, reactor
from twisted.protocols.basic import NetstringReceiver
class Reverse(NetstringReceiver):
    MAX_LENGTH = 1 << 20
    def stringReceived(self, string):
        self.sendString(string[::-1])
listening = reactor.listenTCP(0, protocol.Factory.forProtocol(Reverse), interface='127.0.0.1')
print(listening.getHost().port)
reactor.run()
`

const client = `
import os, sys
from twisted.internet import protocol, reactor
from twisted.protocols.basic import NetstringReceiver
strings = [os.urandom(int(size)) for size in sys.argv[2:]] + [b'%d:,' % number for number in range(10000)]
class Asking(NetstringReceiver):
    MAX_LENGTH = 1 << 20
    def connectionMade(self):
        self.got = []
        for string in strings:
            self.sendString(string)
    def stringReceived(self, string):
        self.got.append(string[::-1])
        if len(self.got) == len(strings):
            print(self.got == strings)
            self.transport.loseConnection()
    def connectionLost(self, reason):
        reactor.stop()
factory = protocol.ClientFactory()
factory.protocol = Asking
reactor.connectTCP('127.0.0.1', int(sys.argv[1]), factory)
reactor.run()
`

const sizes = [0, 1, 9, 10, 99, 100, 100_000, 1024 * 1024]
const reversed = (string: Uint8Array): Uint8Array => Uint8Array.from(string).reverse()

async function twistedServer(t: TestContext): Promise<string> {
  const child = debianScript(server)
  t.after(() => child.kill())
  return `tcp://127.0.0.1:${await child.lineAt(0)}`
}

test('a client of ours asks a server of Twisted', { skip }, async (t) => {
  const endpoint = await twistedServer(t)
  const small = Array.from({ length: 10_000 }, (_, number) => Buffer.from(`${number}:,`))
  const strings = [...sizes.map((size) => pattern(size)), ...small]
  await using peer = await connect(endpoint)
  const answered = signpost()
  // Twisted sends nothing more to a peer that has ended its half.
  const sent = pipe(
    (async function* () {
      yield strings as Uint8Array[]
      await answered.passed
    })(),
    encode(netstring()),
    peer.sink
  )
  const back = await within(
    pipe(peer.source, decode(netstring()), take(strings.length), collect()),
    'the answers of Twisted'
  )
  answered.pass()
  await sent
  assert.equal(back.length, strings.length)
  for (const [index, string] of strings.entries()) assertSame(reversed(back[index]!), string, `in string ${index}`)
  proved('netstring')
})

test('a client of Twisted asks a server of ours', { skip }, async (t) => {
  const reverse = handling((peer) => pipe(peer, decode(netstring()), map(reversed), encode(netstring()), peer))
  const { endpoint, books } = await start(t, reverse)
  const { stdout, stderr } = await debianScript(client, hostAndPort(endpoint).port, ...sizes).ended()
  assert.equal(String(stdout), 'True\n', stderr)
  await books.count('close', 1)
  assert.deepEqual(books.reasons(), ['finished'])
  proved('netstring')
})

test('what Twisted refuses, we refuse', { skip }, async (t) => {
  const endpoint = await twistedServer(t)
  for (const nonsense of ['01:a,', '00:,', '1:ab', ':,', '-1:a,', ' 1:a,', '1;a,', 'a:,']) {
    const { bytes, how } = await ask(endpoint, `2:ab,${nonsense}`)
    assert.deepEqual([String(bytes), how], ['2:ba,', 'end'], nonsense)
    const decoder = netstring().decoder()
    const frames: Uint8Array[] = []
    assert.throws(() => decoder.push([Buffer.from(`2:ab,${nonsense}`)], frames), MalformedFrameError, nonsense)
    assert.deepEqual(
      frames.map((frame) => String(Buffer.from(frame))),
      ['ab']
    )
  }
  proved('netstring')
})
