/**
 * git on both sides of our pkt-lines: `git ls-remote` asks a server of ours in all three versions of its protocol and
 * gets the longest line that there is; a client of ours lists and fetches from `git daemon`.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type PktLine, pktLine } from '../../lib/codec/presets/pkt-line.ts'
import { collect, connect, type Dialog, decode, dialog, pipe } from '../../lib/index.ts'
import { Child } from '../support/child.ts'
import { proved } from '../support/preset-peers.ts'
import { skipUnless } from '../support/program.ts'
import { assertSame, directory, hostAndPort } from '../support/raw.ts'
import { handling, start } from '../support/service.ts'
import { within } from '../support/wait.ts'

const skip = skipUnless('git') && 'no git: apt-get install git'
const skipDaemon = skip || (skipUnless('socat') && 'no socat: apt-get install socat')

const home = directory()
const env = {
  HOME: home,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.test',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.test'
}

const lines = pktLine()
const flush: PktLine = { signal: 'flush' }
const delim: PktLine = { signal: 'delim' }

async function git(args: string[], input = new Uint8Array(0)): Promise<Buffer> {
  const { status, stdout, stderr } = await new Child('git', args, { env, cwd: home }).write(input, 'end').ended()
  assert.equal(status, 0, stderr)
  return stdout
}

/** Sends lines of text, and what stands between them. */
async function say(talk: Dialog, ...all: (string | PktLine)[]): Promise<void> {
  for (const one of all) await talk.send(lines, typeof one === 'string' ? Buffer.from(one) : one)
}

/** Lines up to the next flush, signals by name. */
async function hear(talk: Dialog): Promise<string[]> {
  const heard: string[] = []
  for (let line = await talk.next(lines); line !== undefined; line = await talk.next(lines)) {
    if ('signal' in line && line.signal === 'flush') return heard
    heard.push('signal' in line ? line.signal : Buffer.from(line).toString())
  }
  throw new Error(`an end and no flush, behind ${heard}`)
}

const one = '1'.repeat(40)
const two = '2'.repeat(40)
/** With its object and the line feed it fills the longest line that there is. */
const tag = `refs/tags/${'v'.repeat(65_516 - 41 - 10 - 1)}`
const listed = `${one}\tHEAD\n${one}\trefs/heads/main\n${two}\t${tag}\n`

/** Answers `git ls-remote` in the version that it asks for, and notes what it said. */
function remote(heard: string[]): Parameters<typeof handling>[0] {
  return async (peer) => {
    const talk = dialog(peer)
    const request = String(Buffer.from((await talk.next(lines)) as Uint8Array))
    const [, version = '0'] = /\0version=(\d)\0/.exec(request) ?? []
    heard.push(`${request.split('\0')[0]}, version ${version}`)
    if (version === '2') {
      await say(talk, 'version 2\n', 'ls-refs\n', flush)
      heard.push(...(await hear(talk)))
      await say(talk, `${one} HEAD symref-target:refs/heads/main\n`, `${one} refs/heads/main\n`)
      await say(talk, `${two} ${tag}\n`, flush)
    } else {
      if (version === '1') await say(talk, 'version 1\n')
      await say(talk, `${one} HEAD\0symref=HEAD:refs/heads/main\n`, `${one} refs/heads/main\n`)
      await say(talk, `${two} ${tag}\n`, flush)
    }
    // It wants nothing: a flush, and it goes.
    assert.deepEqual(await talk.next(lines), flush)
    assert.equal(await talk.next(lines), undefined)
  }
}

const asked: Record<string, string[]> = {
  0: ['git-upload-pack /x, version 0'],
  1: ['git-upload-pack /x, version 1'],
  2: ['git-upload-pack /x, version 2', 'command=ls-refs\n', 'delim', 'peel\n', 'symrefs\n']
}

for (const [version, wanted] of Object.entries(asked)) {
  test(`git ls-remote lists what our server says, protocol version ${version}`, { skip }, async (t) => {
    const heard: string[] = []
    const { endpoint, books } = await start(t, handling(remote(heard)))
    const url = `git://127.0.0.1:${hostAndPort(endpoint).port}/x`
    assertSame(await git(['-c', `protocol.version=${version}`, 'ls-remote', url]), Buffer.from(listed))
    assert.deepEqual(heard, wanted)
    await books.count('close', 1)
    assert.deepEqual(books.reasons(), ['finished'])
    proved('pkt-line')
  })
}

/** A repository with one file that cannot be compressed, served by `git daemon`. */
async function daemon(t: TestContext, content: Uint8Array): Promise<{ endpoint: string; path: string }> {
  const base = directory()
  const path = join(base, 'project')
  await git(['init', '--quiet', '--initial-branch=main', path])
  writeFileSync(join(path, 'file'), content)
  await git(['-C', path, 'add', 'file'])
  await git(['-C', path, 'commit', '--quiet', '-m', 'one'])
  const run = `EXEC:git daemon --inetd --export-all --base-path=${base}`
  const socat = new Child('socat', ['-d', '-d', 'TCP4-LISTEN:0,bind=127.0.0.1,fork', run], { env, family: true })
  t.after(() => socat.kill())
  const line = await socat.line((said) => / listening on /.test(said), 'where it listens', 'stderr')
  return { endpoint: `tcp://127.0.0.1:${line.slice(line.lastIndexOf(':') + 1)}`, path }
}

/** `git ls-remote` of a path: what the daemon must say, too. */
async function refsOf(path: string): Promise<string[]> {
  return String(await git(['ls-remote', path]))
    .trimEnd()
    .replaceAll('\t', ' ')
    .split('\n')
}

test('our client lists the references of git daemon, protocol version 2', { skip: skipDaemon }, async (t) => {
  const { endpoint, path } = await daemon(t, randomBytes(10))
  await using connection = await connect(endpoint)
  const talk = dialog(connection)
  await say(talk, 'git-upload-pack /project\0host=127.0.0.1\0\0version=2\0')
  const capabilities = await within(hear(talk), 'the capabilities')
  assert.equal(capabilities[0], 'version 2\n')
  await say(talk, 'command=ls-refs\n', delim, 'peel\n', flush)
  const refs = await within(hear(talk), 'the references')
  assert.deepEqual(
    refs.map((ref) => ref.trimEnd()),
    await refsOf(path)
  )
  await say(talk, flush)
  proved('pkt-line')
})

test('our client fetches a pack from git daemon', { skip: skipDaemon }, async (t) => {
  const content = randomBytes(300_000)
  const { endpoint, path } = await daemon(t, content)
  await using connection = await connect(endpoint)
  const talk = dialog(connection)
  await say(talk, 'git-upload-pack /project\0host=127.0.0.1\0')
  const refs = (await within(hear(talk), 'the references')).map((line) => line.split('\0')[0]?.trimEnd())
  assert.deepEqual(refs, await refsOf(path))
  const [head] = (refs[0] as string).split(' ')
  await say(talk, `want ${head} side-band-64k no-progress\n`, flush, 'done\n')

  const frames = await within(pipe(talk.detach(), decode(lines), collect()), 'the pack')
  assert.equal(String(Buffer.from(frames.shift() as Uint8Array)), 'NAK\n')
  assert.deepEqual(frames.pop(), flush)
  const bands = frames as Uint8Array[]
  const pack = bands.filter((band) => band[0] === 1).map((band) => band.subarray(1))
  const copy = join(directory(), 'copy')
  await git(['init', '--quiet', '--bare', copy])
  await git(['-C', copy, 'index-pack', '--stdin'], Buffer.concat(pack))
  assertSame(await git(['-C', copy, 'cat-file', 'blob', `${head}:file`]), content)
  proved('pkt-line')
})
