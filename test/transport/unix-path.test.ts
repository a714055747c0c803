/**
 * Unix sockets (D1 to D3): never open wider than said, never in the place of anybody else's, and never in the way of the
 * next start.
 */
import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { InvalidOptionError, ListenError, listen, parseEndpoint, serve } from '../../lib/index.ts'
import { echo } from '../../servers/echo.ts'
import { runs } from '../laws/settings.ts'
import { nodeFile, python, skipUnless } from '../support/program.ts'
import { ask, directory } from '../support/raw.ts'

const path = directory()
let made = 0

/** A directory of its own. */
function folder(mode = 0o700): string {
  const name = join(path, String(made++))
  mkdirSync(name)
  chmodSync(name, mode)
  return name
}

function mode(file: string): number {
  return lstatSync(file).mode & 0o777
}

async function refused(url: string, why: RegExp): Promise<void> {
  await assert.rejects(listen(url), (error: unknown) => {
    assert.ok(error instanceof ListenError, String(error))
    assert.match(error.message, why)
    assert.match(error.message, /^[^\n]{10,300}$/)
    return true
  })
}

/** A socket whose server is gone, as after a kill. */
async function stale(at: string): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(`${at}.old`, resolve))
  renameSync(`${at}.old`, at)
  await new Promise((resolve) => server.close(resolve))
}

test('D1: its mode is 0600 from the first moment that it is seen, under umask 000 too', {
  skip: skipUnless('python3')
}, async (t) => {
  const at = join(folder(0o755), 's')
  const watcher = python('modes.py', at)
  await watcher.lineAt(0)
  const before = process.umask(0)
  t.after(() => process.umask(before))
  for (let round = 0; round < 200; round++) {
    const listener = await listen(`unix:${at}`)
    assert.equal(mode(at), 0o600)
    await listener.close()
  }
  const { seen, modes } = JSON.parse(String((await watcher.endInput().ended()).stdout).split('\n')[1] as string)
  assert.ok(seen > 0)
  assert.deepEqual(modes, ['0o600'])
  for (const unixMode of [0o660, 0o666, 0o777, 0o000]) {
    await using listener = await listen(`unix:${at}`, { unixMode })
    assert.deepEqual([listener.endpoint, mode(at)], [`unix:${at}`, unixMode])
  }
  for (const unixMode of [-1, 0o1000, 1.5, Number.NaN])
    await assert.rejects(listen(`unix:${at}`, { unixMode }), InvalidOptionError)
})

test('D1: a directory in which anybody may write is refused, a sticky one is not', async () => {
  for (const [permissions, fits] of [
    [0o777, false],
    [0o702, false],
    [0o1777, true],
    [0o770, true]
  ] as const) {
    const at = folder(permissions)
    if (!fits) await refused(`unix:${at}/s`, /anybody may write/)
    else await (await listen(`unix:${at}/s`)).close()
    assert.deepEqual(readdirSync(at), [])
  }
})

test('D2: a stale socket is replaced, 100 times of 100', async () => {
  const at = join(folder(), 's')
  for (let round = 0; round < 100; round++) {
    await stale(at)
    const listener = await listen(`unix:${at}`)
    if (round % 10 === 0) {
      const taken = listener[Symbol.asyncIterator]().next()
      const answer = ask(`unix:${at}`, 'hello')
      const { value } = await taken
      await value.sink(value.source)
      assert.equal(String((await answer).bytes), 'hello')
      await value.close()
    }
    await listener.close()
  }
  assert.deepEqual(readdirSync(join(at, '..')), [])
})

test('D2: the socket of a live server is not touched', async () => {
  const at = join(folder(), 's')
  await using service = await serve(echo, { listen: `unix:${at}` })
  const before = lstatSync(at)
  for (let round = 0; round < 20; round++) await refused(`unix:${at}`, /it is in use/)
  const now = lstatSync(at)
  assert.deepEqual([now.ino, now.ctimeMs], [before.ino, before.ctimeMs])
  assert.equal(String((await ask(service.endpoints[0] as string, 'still here')).bytes), 'still here')
  assert.deepEqual(readdirSync(join(at, '..')), ['s'])
})

test('D2: files, directories and symbolic links are left alone', async () => {
  const at = folder()
  writeFileSync(`${at}/file`, 'mine')
  mkdirSync(`${at}/directory`)
  symlinkSync('file', `${at}/link`)
  symlinkSync('nowhere', `${at}/dangling`)
  await stale(`${at}/socket`)
  symlinkSync('socket', `${at}/to-stale`)
  const before = readdirSync(at)
  for (const name of ['file', 'directory', 'link', 'dangling', 'to-stale'])
    await refused(`unix:${at}/${name}`, /no socket/)
  assert.deepEqual(readdirSync(at), before)
  assert.equal(readFileSync(`${at}/file`, 'utf8'), 'mine')
  await refused(`unix:${at}/no/such/s`, /no such path/)
  await refused(`unix:${at}/file/s`, /no directory/)
})

test('D2: at the end our own socket goes, and nobody else’s', async () => {
  const at = join(folder(), 's')
  const first = await listen(`unix:${at}`)
  renameSync(at, `${at}.moved`)
  const second = await listen(`unix:${at}`)
  const { ino } = lstatSync(at)
  await first.close()
  assert.equal(lstatSync(at).ino, ino)
  await second.close()
  assert.ok(!existsSync(at))
  const third = await listen(`unix:${at}`)
  renameSync(at, `${at}.moved`)
  writeFileSync(at, 'somebody’s')
  await third.close()
  assert.equal(readFileSync(at, 'utf8'), 'somebody’s')
})

test('of two that start at a stale socket one gets it, the other is told', async () => {
  for (let round = 0; round < 20; round++) {
    const at = join(folder(), 's')
    if (round % 2 === 0) await stale(at)
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => serve(echo, { listen: `unix:${at}` })))
    const winners = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    assert.equal(winners.length, 1, outcomes.map((outcome) => String((outcome as PromiseRejectedResult).reason)).join())
    assert.equal(String((await ask(`unix:${at}`, 'one')).bytes), 'one')
    await winners[0]?.stop()
    assert.deepEqual(readdirSync(join(at, '..')), [])
  }
})

const isQuick = runs(1).numRuns === 1 && 'it starts six processes: with IT_SERVE_RUNS=2'

test('the workers of a cluster share one, in the place of a stale one; in nobody else’s', {
  skip: isQuick
}, async (t) => {
  const at = join(folder(), 's')
  await stale(at)
  const workers = nodeFile(new URL('cluster-server.ts', import.meta.url), at)
  t.after(() => workers.kill())
  for (const index of [0, 1]) assert.equal(await workers.lineAt(index), `echo listening at unix:${at}`)
  assert.equal(mode(at), 0o600)
  assert.equal(String((await ask(`unix:${at}`, 'shared')).bytes), 'shared')
  await refused(`unix:${at}`, /it is in use/)
  const others = nodeFile(new URL('cluster-server.ts', import.meta.url), at)
  t.after(() => others.kill())
  for (const index of [0, 1]) assert.match(await others.lineAt(index), /it is in use/)
  assert.equal(String((await ask(`unix:${at}`, 'still')).bytes), 'still')
})

test('D3: every length from 1 to 200 bytes, names that are cut elsewhere, and a long directory', async () => {
  const at = folder()
  for (let length = 1; length <= 200; length++) {
    const endpoint = `unix:/${'x'.repeat(length - 1)}`
    if (length === 1 || length <= 107) assert.equal(parseEndpoint(endpoint).kind, 'unix')
    else assert.throws(() => parseEndpoint(endpoint), InvalidOptionError)
  }
  for (const name of ['unix:/a\0b', 'unix:\0abstract', 'unix:@abstract', 'unix:'])
    assert.throws(() => parseEndpoint(name), InvalidOptionError)
  const deep = join(at, 'd'.repeat(105 - at.length - 1))
  mkdirSync(deep)
  await using service = await serve(echo, { listen: `unix:${deep}/s` })
  assert.equal(Buffer.byteLength(`${deep}/s`), 107)
  assert.equal(String((await ask(service.endpoints[0] as string, 'deep')).bytes), 'deep')
})
