/**
 * How a command is held: in its time, its output, its environment, its user; and that nothing of it is left. The attack
 * rows G-1 to G-6 do the same to a server, in numbers.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { authGate, authLogin, connect, dialog } from '../../lib/index.ts'
import type { Command } from '../../servers/exec/allow-list.ts'
import { closeInheritedFiles } from '../../servers/exec/inherited-files.ts'
import { ProcessGroup } from '../../servers/exec/process-group.ts'
import { exec } from '../../servers/exec.ts'
import { certify, noOpenssl } from '../support/certificates.ts'
import { allowing, family, noCommands, programs, ran, script } from '../support/commands.ts'
import { ask, cut, dial, received } from '../support/raw.ts'
import { start } from '../support/service.ts'
import { Bell } from '../support/wait.ts'

const skip = noCommands
const limits = { deadlineMs: 400 }
const list = allowing({ ...programs, family: { ...family, limits } })

/** A time to sleep by which processes of this file are known: other files start commands at the same time. */
const marker = `3600.${process.pid}`

/** Those of them that live. */
function mine(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return pid !== String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(marker)
    } catch {
      return false
    }
  })
}

/** File descriptors of this process, as a check for what is left open. */
const open = (): number => readdirSync('/proc/self/fd').length

test('what a command says, how it ends', { skip }, async () => {
  const both = await ran(list, 'both')
  assert.deepEqual([String(both.stdout), String(both.stderr), both.ended.outcome], ['out\n', 'err\n', 'exited'])
  assert.deepEqual((await ran(list, 'exit', ['7'])).ended, {
    outcome: 'exited',
    exitCode: 7,
    signal: null,
    why: undefined
  })
  const broken = allowing({
    gone: script('pass', { directory: '/tmp' }),
    crash: script('import os; os.kill(os.getpid(), 6)')
  })
  assert.equal((await ran(broken, 'crash')).ended.why, 'it was ended by SIGABRT')
  const nowhere = { ...broken.commands.get('gone'), directory: '/nowhere' } as never
  const { ended } = await ran({ ...broken, commands: new Map([['gone', nowhere]]) }, 'gone')
  assert.equal(ended.outcome, 'failed')
  assert.match(ended.why ?? '', /cannot be started: .*ENOENT/)
})

test('a number of a process is not used once its command is gone: it may be another one by then', {
  skip
}, async (t) => {
  const group = new ProcessGroup({ command: list.commands.get('both') as Command, args: [] })
  await group.gone
  const kill = t.mock.method(process, 'kill', () => true)
  group.kill()
  assert.equal(kill.mock.callCount(), 0)
  group.discard()
})

test('its environment is that of the list, its descriptors are three, its directory, user and limits are told', {
  skip
}, async () => {
  const { stdout } = await ran(list, 'env')
  assert.deepEqual(String(stdout).split('\0').slice(0, -1).sort(), ['EMPTY=', 'LANG=C', 'TWO=a b'])
  closeInheritedFiles()
  const look = script(
    `
import json, os, resource
files = sorted(int(name) for name in os.listdir('/proc/self/fd'))
status = dict(line.split(':\\t') for line in open('/proc/self/status').read().splitlines() if ':\\t' in line)
print(json.dumps({'files': [fd for fd in files if os.path.exists('/proc/self/fd/%d' % fd)], 'environ': open('/proc/self/environ').read(),
  'cwd': os.getcwd(), 'uid': os.getresuid(), 'gid': os.getresgid(), 'groups': os.getgroups(), 'session': os.getsid(0) == os.getpid(),
  'group': os.getpgid(0) == os.getpid(), 'rights': status['NoNewPrivs'], 'ignored': int(status['SigIgn'], 16) & ~(1 << 12 | 1 << 24),
  'in': os.read(0, 1).decode(),
  'cpu': resource.getrlimit(resource.RLIMIT_CPU), 'memory': resource.getrlimit(resource.RLIMIT_AS),
  'open': resource.getrlimit(resource.RLIMIT_NOFILE), 'core': resource.getrlimit(resource.RLIMIT_CORE)}))`,
    { directory: '/usr', limits: { cpuSeconds: 3, memoryBytes: 2 ** 29, openFiles: 20 } }
  )
  const seen = JSON.parse(String((await ran(allowing({ look }), 'look')).stdout)) as Record<string, unknown>
  const id = process.getuid?.() === 0 ? 65_534 : process.getuid?.()
  const wanted = {
    files: [0, 1, 2],
    environ: '',
    cwd: '/usr',
    session: true,
    group: true,
    rights: '1',
    ignored: 0,
    in: ''
  }
  const bounds = { cpu: [3, 4], memory: [2 ** 29, 2 ** 29], open: [20, 20], core: [0, 0] }
  assert.deepEqual(seen, { ...wanted, ...bounds, uid: [id, id, id], gid: seen.gid, groups: seen.groups })
  if (id === 65_534) assert.deepEqual([seen.gid, seen.groups], [[id, id, id], []])
})

test('output ends at its limit, to the byte, and the command with it', { skip }, async () => {
  const { stdout, ended, ms } = await ran(list, 'yes', [], { mostBytes: 100_001 })
  assert.deepEqual([stdout.length, ended.outcome, ended.signal], [100_001, 'output_limit', 'SIGKILL'])
  assert.ok(ms < 5_000, `${ms} ms`)
  const exact = await ran(list, 'both', [], { mostBytes: 8 })
  assert.deepEqual([exact.stdout.length + exact.stderr.length, exact.ended.outcome], [8, 'exited'])
})

const ways: Record<string, [args: string[], outcome: string, said: string]> = {
  'one that sleeps': [['sleep'], 'deadline', ''],
  'a tree of 50': [['tree', '50'], 'deadline', ''],
  'one that is deaf to every polite signal': [['deaf'], 'deadline', ''],
  'a grandchild that holds stdout, in a group of its own': [['holder'], 'exited', 'held\n'],
  'a daemon: double fork, setsid, an empty environment': [['daemon'], 'exited', 'gone\n']
}

test('its end is the end of all that came of it', { skip, concurrency: 2 }, async (t) => {
  const before = open()
  const all = Object.entries(ways).map(([what, [args, outcome, said]]) =>
    t.test(what, async () => {
      const { ended, stdout, ms } = await ran(list, 'family', [...args, marker])
      assert.deepEqual([ended.outcome, String(stdout)], [outcome, said])
      if (outcome === 'deadline') assert.ok(ms >= 400, `${ms} ms`)
      assert.ok(ms < 4_000, `${ms} ms`)
    })
  )
  await Promise.all(all)
  assert.deepEqual(mine(), [])
  assert.ok(open() <= before, 'no descriptor is left')
})

interface Audit {
  readonly command: string
  readonly outcome: string
  readonly ms: number
}

/** Looks again and again at what nobody reports. */
async function until(holds: () => boolean, what: string): Promise<void> {
  const bell = new Bell()
  const looking = setInterval(() => bell.ring(), 10)
  await bell.until(() => (holds() ? true : undefined), what).finally(() => clearInterval(looking))
}

/** A service whose audit can be waited for. */
async function audited(t: TestContext, options: object, serving: object = {}) {
  const bell = new Bell()
  const entries: Audit[] = []
  const report = (line: string): void => {
    entries.push(JSON.parse(line) as Audit)
    bell.ring()
  }
  const listen = ['tcp://127.0.0.1:0']
  const started = await start(t, exec, { options: { allow: list, ...options }, report, listen, ...serving })
  const heard = (count: number) => bell.until(() => (entries.length >= count ? entries : undefined), `${count} lines`)
  return { ...started, heard }
}

test('a peer that cuts the line ends its command, also behind more lines than are read', { skip }, async (t) => {
  const { endpoint, heard } = await audited(t, {})
  for (const [index, more] of ['', 'sleep 1\n'.repeat(100_000)].entries()) {
    const socket = await dial(endpoint)
    socket.write(`sleep ${marker}\n${more}`)
    await until(() => mine().length === 1, 'the command runs')
    const began = performance.now()
    await cut(socket)
    const entries = await heard(index + 1)
    assert.equal(entries.at(-1)?.outcome, 'abandoned')
    assert.ok(performance.now() - began < 3_000, `${performance.now() - began} ms`)
    assert.deepEqual(mine(), [])
  }
})

test('so does one behind TLS or a sealed line', { skip: skip || noOpenssl }, async (t) => {
  const { cert, key } = certify({ rsa: true })
  const secret = Buffer.from('a secret that both have')
  const ways = [
    { at: 'tls', serving: { tls: { cert, key } }, connecting: { tls: { ca: cert } } },
    {
      at: 'tcp',
      serving: { gates: [authGate({ key: secret, method: 'mutual' })] },
      connecting: { login: authLogin({ key: secret, method: 'mutual' }) }
    }
  ] as const
  for (const { at, serving, connecting } of ways) {
    const { endpoint, heard } = await audited(t, {}, { ...serving, listen: [`${at}://127.0.0.1:0`] })
    const peer = await connect(endpoint, connecting)
    void dialog(peer)
      .write(Buffer.from(`sleep ${marker}\n${'sleep 1\n'.repeat(100_000)}`))
      .catch(() => {})
    await until(() => mine().length === 1, 'the command runs')
    peer.abort()
    const [entry] = await heard(1)
    assert.equal(entry?.outcome, 'abandoned')
    assert.ok((entry?.ms as number) < 10_000)
    assert.deepEqual(mine(), [])
  }
})

test('who waits for an answer is not idle', { skip }, async (t) => {
  const allow = allowing({ sleep: programs.sleep }, { atOnce: 1 })
  const limits = { idleMs: 100 }
  const [one, other] = await Promise.all(
    ['length', 'ack'].map((reply) => start(t, exec, { options: { allow, reply: reply as 'ack' }, limits }))
  )
  const run = async (endpoint = '', acknowledged = false): Promise<void> => {
    const socket = await dial(endpoint)
    if (acknowledged) socket.once('data', () => socket.write('ok\nq\n'))
    socket.write(acknowledged ? 'sleep 0.5\n' : 'sleep 0.5\nq\n')
    await received(socket)
    socket.end()
  }
  await Promise.all([run(one?.endpoint), run(one?.endpoint), run(other?.endpoint, true)])
  const closed = [...((await one?.books.count('close', 2)) ?? []), ...((await other?.books.count('close', 1)) ?? [])]
  const reasons = closed.map(({ reason }) => reason)
  assert.deepEqual(reasons, ['finished', 'finished', 'finished'])
})

test('places and a queue, then busy; who leaves the queue leaves room; a half-closed peer gets its answer', {
  skip
}, async (t) => {
  const allow = allowing({ sleep: programs.sleep }, { atOnce: 2, waiting: 3 })
  const { endpoint, heard } = await audited(t, { allow })
  const sockets = await Promise.all(Array.from({ length: 9 }, () => dial(endpoint)))
  const answers: string[] = []
  const bell = new Bell()
  for (const socket of sockets) {
    socket.on('data', (bytes) => {
      answers.push(String(bytes.subarray(4)))
      bell.ring()
    })
    socket.write(`sleep ${marker}\n`)
  }
  await bell.until(() => (answers.length === 4 ? true : undefined), 'four are told that all are busy')
  assert.deepEqual(new Set(answers), new Set(['Error: busy: 2 commands run and 3 wait\n']))
  await until(() => mine().length === 2, 'two run')
  await Promise.all(sockets.map(cut))
  const outcomes = (await heard(9)).map(({ outcome }) => outcome)
  assert.equal(outcomes.filter((outcome) => outcome === 'abandoned').length, 5)
  assert.deepEqual(mine(), [])
  const { bytes } = await ask(endpoint, 'sleep 0\nsleep 0.1\n')
  assert.deepEqual([...bytes], [0, 0, 0, 0, 0, 0, 0, 0])
})

test('streaming waits for its reader, and the command with it', { skip }, async (t) => {
  const allow = allowing({ flood: script("import os\nfor _ in range(1024): os.write(1, b'x' * 65536)") })
  const { endpoint, heard } = await audited(t, { allow, reply: 'stream' })
  await using server = await connect(endpoint)
  const talk = dialog(server)
  await talk.write(Buffer.from('flood\n'))
  let bytes = 0
  for (;;) {
    const head = Buffer.from(await talk.read(5))
    const size = head.readInt32LE(1)
    for (let left = size; left > 0; ) left -= (await talk.read(Math.min(left, 1 << 16))).byteLength
    if (head[0] === 0) break
    bytes += size
  }
  assert.equal(bytes, 1024 * 65536)
  assert.equal((await heard(1))[0]?.outcome, 'exited')
})
