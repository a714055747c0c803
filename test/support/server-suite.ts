/**
 * What every server must show, whatever it speaks. One entry is enough: a short conversation, and what a flood is.
 *
 *   C: <say> <FIN>
 *   S: <hear> <FIN>
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Command } from 'commander'
import {
  type CloseReason,
  collect,
  connect,
  dialog,
  memoryPair,
  pipe,
  type Server,
  type Service
} from '../../lib/index.ts'
import { addFlags, readFlags } from '../../scripts/option-flags.ts'
import { serveCommand } from '../../scripts/serve.ts'
import type { Books } from './books.ts'
import { certify, noOpenssl } from './certificates.ts'
import { cut, dial, directory, received } from './raw.ts'
import { batches, start } from './service.ts'
import { within } from './wait.ts'

export interface Entry {
  // biome-ignore lint/suspicious/noExplicitAny: each server has options of its own type, told by its own table
  readonly server: Server<any>
  /** Its options, as on the command line: `['--lines']`. */
  readonly flags?: readonly string[]
  /** What a client sends before it ends its half. Without its last byte it is not whole. */
  readonly say: string | Uint8Array
  /** All that it gets back. */
  readonly hear: string | Uint8Array | RegExp
  /** Sent again and again, this never ends a frame; nothing of what comes back is read. */
  readonly flood: string | Uint8Array
  /** The reason for which a flood is ended (`frame_too_large`). */
  readonly ends?: CloseReason
  /** The most of a flood that is taken in (2 MiB). */
  readonly floodBytes?: number
  /** Command lines that are refused at the start, beside those that every server refuses. */
  readonly wrong?: readonly (readonly string[])[]
}

const path = directory()

/** The values of the options that the flags of an entry name. */
export function optionsOf({ server, flags = [] }: Entry): Record<string, unknown> {
  const command = new Command(server.name).exitOverride()
  addFlags(command, server.options ?? {})
  return readFlags(server.options ?? {}, command.parse(flags, { from: 'user' }).opts())
}

/** Registers the tests of one server that need no process of their own; for the others see command-lines.ts. */
export function serverSuite(entry: Entry): void {
  const { server } = entry
  test(`${server.name}: the same over TCP, TLS, a Unix socket and memory, also after a reset`, async (t) => {
    const { all, books } = await transports(t, entry)
    for (const transport of all) {
      for (const pieces of [[bytesOf(entry.say)], split(entry.say)]) {
        assertHeard(entry, await transport.ask(pieces), `over ${transport.name}, in ${pieces.length}`)
      }
      await transport.reset(split(entry.say)[0] as Uint8Array)
      assertHeard(entry, await transport.ask([bytesOf(entry.say)]), `over ${transport.name}, behind a reset`)
    }
    // Each is closed for a reason that the peer gave.
    await books.count('close', 4 * all.length)
    for (const { reason, error } of books.all('close')) {
      assert.match(reason, /^(finished|peer_reset|truncated|malformed)$/, String(error))
    }
  })

  test(`${server.name}: a flood without a frame end is ended, and memory stays flat`, async (t) => {
    const { ends = 'frame_too_large', floodBytes = 2 * 1024 * 1024 } = entry
    const limits = { writeStallMs: 200, lingerMs: 50 }
    const { service, books } = await start(t, server, { listen: [], options: optionsOf(entry), limits })
    const [client, peer] = memoryPair({ lingerMs: 50 })
    service.accept(peer)
    const piece = Buffer.concat(new Array(1024).fill(bytesOf(entry.flood)))
    let sent = 0
    const flood = client.sink(
      (async function* () {
        for (; sent <= floodBytes; sent += piece.length) yield [piece]
      })()
    )
    await within(Promise.allSettled([flood]), 'the end of the flood')
    const { reason } = await books.next('close')
    assert.equal(reason, ends)
    assert.ok(sent <= floodBytes, `${sent} bytes of the flood were taken`)
  })

  test(`${server.name}: refuses a bad option`, async () => {
    const refused = [
      ['--nope'],
      ['--listen', 'here'],
      ['--port', '65536'],
      ['--idle-ms', 'soon'],
      ...(entry.wrong ?? [])
    ]
    for (const words of refused) {
      const command = serveCommand(server)
        .exitOverride()
        .configureOutput({ writeErr: () => {} })
      await assert.rejects(
        command.parseAsync([...(entry.flags ?? []), '--listen', `unix:${path}/never`, ...words], { from: 'user' }),
        (error: Error) => error.message.includes(words[0] as string) && !error.message.trimEnd().includes('\n'),
        words.join(' ')
      )
    }
  })
}

interface Transport {
  readonly name: string
  /** Sends the pieces, ends its half and reads to the end. */
  ask(pieces: readonly Uint8Array[]): Promise<Uint8Array>
  /** Sends a piece and cuts the line. */
  reset(piece: Uint8Array): Promise<void>
}

/** One service on all of them. */
async function transports(t: TestContext, entry: Entry): Promise<{ all: Transport[]; books: Books }> {
  const keys = noOpenssl ? undefined : certify()
  if (keys === undefined) t.diagnostic(`no TLS: ${noOpenssl}`)
  const listen = ['tcp://127.0.0.1:0', `unix:${path}/${entry.server.name}`]
  const { service, books } = await start(t, entry.server, {
    listen: keys === undefined ? listen : [...listen, 'tls://127.0.0.1:0'],
    ...(keys === undefined ? {} : { tls: keys }),
    options: optionsOf(entry)
  })
  const [tcp, unix, tls] = service.endpoints as [string, string, string | undefined]
  const plain = [overSocket('TCP', tcp), overSocket('a Unix socket', unix), inMemory(service)]
  return { books, all: tls === undefined || keys === undefined ? plain : [...plain, overTls(tls, keys.cert)] }
}

/** A plain socket of Node. */
function overSocket(name: string, endpoint: string): Transport {
  return {
    name,
    async ask(pieces) {
      const socket = await dial(endpoint)
      const answer = received(socket)
      for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve))
      socket.end()
      const { bytes, how } = await answer
      assert.equal(how, 'end', name)
      return bytes
    },
    async reset(piece) {
      const socket = await dial(endpoint)
      await new Promise((resolve) => socket.write(piece, resolve))
      await cut(socket)
    }
  }
}

function inMemory(service: Service): Transport {
  const open = async () => {
    const [client, peer] = memoryPair()
    service.accept(peer)
    return client
  }
  return { name: 'memory', ...ours(open) }
}

function overTls(endpoint: string, ca: string): Transport {
  return { name: 'TLS', ...ours(() => connect(endpoint, { tls: { ca } })) }
}

/** Our own connection as the client. */
function ours(open: () => ReturnType<typeof connect>): Omit<Transport, 'name'> {
  return {
    async ask(pieces) {
      await using server = await open()
      return Buffer.concat(
        await within(pipe(batches(...pieces.map((piece) => [piece])), server, collect()), 'the answer')
      )
    },
    async reset(piece) {
      const server = await open()
      await dialog(server).write(piece)
      server.abort()
    }
  }
}

export function assertHeard({ server, hear }: Entry, got: Uint8Array, where: string): void {
  const told = Buffer.from(got).toString('latin1')
  if (hear instanceof RegExp) assert.match(told, hear, `${server.name} ${where}`)
  else assert.equal(told, bytesOf(hear).toString('latin1'), `${server.name} ${where}`)
}

/** Text is UTF-8. */
export function bytesOf(bytes: string | Uint8Array): Buffer {
  return Buffer.from(bytes as string)
}

/** In two, before the last byte. */
export function split(bytes: string | Uint8Array): [Uint8Array, Uint8Array] {
  const all = bytesOf(bytes)
  return [all.subarray(0, -1), all.subarray(-1)]
}
