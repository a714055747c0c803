/**
 * PostgreSQL on both sides of our messages: `psql` logs in at a server of ours and asks it, and a client of ours asks a
 * real server, where one that trusts the user postgres listens at its usual place.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { postgres, postgresStartup, startupCodes } from '../../lib/codec/presets/postgres.ts'
import type { HeadedFrame } from '../../lib/index.ts'
import {
  batched,
  ConnectError,
  type Connection,
  collect,
  connect,
  type Dialog,
  decode,
  dialog,
  encode,
  flatMap,
  ProtocolError,
  pipe
} from '../../lib/index.ts'
import { Child } from '../support/child.ts'
import { proved } from '../support/preset-peers.ts'
import { skipUnless } from '../support/program.ts'
import { assertSame, hostAndPort } from '../support/raw.ts'
import { handling, start } from '../support/service.ts'
import { within } from '../support/wait.ts'

type Message = HeadedFrame<string>

const messages = postgres({ maxBytes: 4 * 1024 * 1024 })
const startup = postgresStartup()
const noPsql = skipUnless('psql') && 'no psql: apt-get install postgresql-client'
const real = 'tcp://127.0.0.1:5432'

function message(header: string, ...parts: (string | Uint8Array)[]): Message {
  return { header, payload: Buffer.concat(parts.map((part) => Buffer.from(part as string))) }
}

function numbers(...all: [bytes: 2 | 4, value: number][]): Buffer {
  return Buffer.concat(
    all.map(([bytes, value]) => {
      const written = Buffer.alloc(bytes)
      written.writeIntBE(value, 0, bytes)
      return written
    })
  )
}

const textOf = ({ payload }: Message): string => Buffer.from(payload).toString()
const query = (sql: string): Message => message('Q', `${sql}\0`)

/** The value of the only column of a row. */
function value({ header, payload }: Message): string {
  assert.equal(header, 'D')
  assert.deepEqual(Buffer.from(payload.subarray(0, 6)), numbers([2, 1], [4, payload.byteLength - 6]))
  return Buffer.from(payload.subarray(6)).toString()
}

/** Our server: no encryption, no password, and every question gets what stands behind `select `. */
async function serveLogin(peer: Connection): Promise<Connection> {
  const talk = dialog(peer)
  let first = await talk.next(startup, { unread: 'reject' })
  while (first?.header === startupCodes.ssl || first?.header === startupCodes.gssEncryption) {
    await talk.write(Buffer.from('N'))
    first = await talk.next(startup, { unread: 'reject' })
  }
  if (first?.header !== startupCodes.version3) throw new ProtocolError(`a start-up of ${first?.header}`)
  await talk.send(messages, message('R', numbers([4, 0])))
  await talk.send(messages, message('S', 'server_version\x0015.0\0'))
  await talk.send(messages, message('Z', 'I'))
  return talk.detach()
}

function answer(asked: Message): Message[] {
  if (asked.header === 'X') return []
  const [, said] = /^select (.*?);?\0$/s.exec(textOf(asked)) ?? []
  if (asked.header !== 'Q' || said === undefined) throw new ProtocolError(`${asked.header} ${textOf(asked)}`)
  const column = numbers([4, 0], [2, 0], [4, 25], [2, -1], [4, -1], [2, 0])
  const text = Buffer.from(said)
  return [
    message('T', numbers([2, 1]), 'said\0', column),
    message('D', numbers([2, 1], [4, text.byteLength]), text),
    message('C', 'SELECT 1\0'),
    message('Z', 'I')
  ]
}

const server = handling(async (peer) => {
  const ready = await serveLogin(peer)
  await pipe(ready, decode(messages), flatMap(answer), encode(messages), ready)
})

function psql(endpoint: string, ...args: string[]): Child {
  const { host, port } = hostAndPort(endpoint)
  const env = { PGPASSFILE: '/nowhere', PGSSLMODE: 'prefer', PGCONNECT_TIMEOUT: '20', PGCLIENTENCODING: 'UTF8' }
  return new Child('psql', ['-XAtw', '-h', host, '-p', String(port), '-U', 'u', '-d', 'd', ...args], { env })
}

test('psql asks our server', { skip: noPsql }, async (t) => {
  const { endpoint, books } = await start(t, server)
  const { status, stdout, stderr } = await psql(endpoint, '-c', 'select 1', '-c', 'select zwölf').ended()
  assert.equal(String(stdout), '1\nzwölf\n', stderr)
  assert.equal(status, 0)
  await books.count('close', 1)
  assert.deepEqual(books.reasons(), ['finished'])
  proved('postgres')
})

test('psql asks our server with a script of small and large questions', { skip: noPsql }, async (t) => {
  const { endpoint } = await start(t, server)
  const said = Array.from({ length: 200 }, (_, index) => `${index}${'x'.repeat(index % 50 === 0 ? 60_000 : index)}`)
  const script = said.map((one) => `select ${one};\n`).join('')
  const { stdout, stderr } = await psql(endpoint, '-f', '-').write(script, 'end').ended()
  assertSame(stdout, Buffer.from(said.map((one) => `${one}\n`).join('')), stderr)
  proved('postgres')
})

/** Logs in at the real server, without encryption; undefined where it wants a password. */
async function login(): Promise<{ talk: Dialog; key: Uint8Array } | undefined> {
  let talk = dialog(await connect(real))
  await talk.send(startup, { header: startupCodes.ssl, payload: new Uint8Array(0) })
  const encryption = String(Buffer.from(await within(talk.read(1, { unread: 'reject' }), 'its one byte')))
  assert.match(encryption, /^[SN]$/)
  if (encryption === 'S') {
    await talk.detach().close()
    talk = dialog(await connect(real))
  }
  const parameters = Buffer.from('user\0postgres\0database\0postgres\0\0')
  await talk.send(startup, { header: startupCodes.version3, payload: parameters })
  const heard: Message[] = []
  while (heard.at(-1)?.header !== 'Z') {
    const next = await within(talk.next(messages), 'the end of the login')
    const refused = next?.header === 'E' || (next?.header === 'R' && Buffer.from(next.payload).readInt32BE() !== 0)
    if (next === undefined || refused) {
      await talk.detach().close()
      return undefined
    }
    heard.push(next)
  }
  return { talk, key: heard.find(({ header }) => header === 'K')?.payload as Uint8Array }
}

async function whyNot(): Promise<string | false> {
  try {
    const session = await login()
    if (session === undefined) return `the PostgreSQL server at ${real} does not trust the user postgres`
    await session.talk.detach().close()
    return false
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error
    return `no PostgreSQL server at ${real}: apt-get install postgresql, and trust in its pg_hba.conf`
  }
}

const skip = await whyNot()

test('our client asks a PostgreSQL server, many questions at once', { skip }, async () => {
  const { talk } = (await login()) as { talk: Dialog }
  await using connection = talk.detach()
  const sizes = [0, 1, 4096, 3_000_000, 5]
  const asked = [query('select 1'), ...sizes.map((size) => query(`select repeat('x', ${size})`)), query('nonsense')]
  const all = pipe(batched([...asked, message('X')]), encode(messages), connection, decode(messages), collect())
  const heard = await within(all, 'the answers')
  const types = heard.map(({ header }) => header).join('')
  assert.equal(types, `${'TDCZ'.repeat(1 + sizes.length)}EZ`)
  const values = heard.filter(({ header }) => header === 'D').map(value)
  assertSame(Buffer.from(values.join()), Buffer.from(['1', ...sizes.map((size) => 'x'.repeat(size))].join()))
  proved('postgres')
})

test('our client cancels a question at a PostgreSQL server', { skip }, async () => {
  const { talk, key } = (await login()) as { talk: Dialog; key: Uint8Array }
  await talk.send(messages, query("do $$ begin raise notice 'it runs'; perform pg_sleep(60); end $$"))
  const notice = (await within(talk.next(messages), 'the notice')) as Message
  assert.equal(notice.header, 'N')
  const another = dialog(await connect(real))
  await another.send(startup, { header: startupCodes.cancel, payload: key })
  const error = (await within(talk.next(messages), 'the error')) as Message
  assert.equal(error.header, 'E')
  // 57014: query_canceled.
  assert.match(textOf(error), /\0C57014\0/)
  const ready = (await within(talk.next(messages), 'its readiness')) as Message
  assert.equal(ready.header + textOf(ready), 'ZI')
  await talk.send(messages, message('X'))
  await Promise.all([talk.detach().close(), another.detach().close()])
  proved('postgres')
})
