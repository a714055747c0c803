/**
 * Runs everything that the README shows: programs with the output printed below them, and shell transcripts with real
 * programs. Fixed ports of the text become free ones here; a date that was now becomes the date that is now.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { environment } from './support/child.ts'
import { commandLine } from './support/command-line.ts'

/** The program takes `IT_SERVE_*` for its options; what steers the tests is none of them. */
const env = environment()
const run = promisify(execFile)
/** Programs of the README see the package as users do: built, where `npm test` has built it. */
const source = process.env.BUILT_COMMAND_LINE === undefined ? ['--conditions', 'it-serve-source'] : []
const node = ['--import', 'tsx', ...source]
const readme = readFileSync('README.md', 'utf8')
const blocks = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, kind, body]) => ({
  kind,
  body: body as string
}))
// What steers the tests is no option of the program.
for (const name of Object.keys(process.env)) if (name.startsWith('IT_SERVE_')) delete process.env[name]
const folder = mkdtempSync(join('test', '.readme-'))
const children = new Set<ChildProcess>()

after(() => {
  for (const child of children) child.kill()
  rmSync(folder, { recursive: true })
})

for (const [index, { kind, body }] of blocks.entries()) {
  const title = `README block ${index + 1}: ${body.split('\n').find((line) => !line.startsWith('import')) || kind}`
  if (kind === 'ts' && !body.includes('SIGTERM')) {
    const certified = body.includes('cert.pem')
    test(title, { timeout: 30_000, skip: certified && !installed('openssl') && 'needs openssl' }, async () => {
      if (certified) await run(process.execPath, [...commandLine, 'cert', '--out', folder], { env })
      const cwd = certified ? folder : '.'
      const { stdout } = await run(process.execPath, [...node, resolve(program(index, body))], { cwd, env })
      const next = blocks[index + 1]
      assert.equal(next?.kind, 'text', 'a program is followed by what it prints')
      assert.equal(stdout, next?.body)
    })
  } else if (kind === 'ts') {
    test(title, { timeout: 30_000 }, async () => {
      const child = start(process.execPath, [...node, program(index, body)])
      const port = portOf(await firstLine(child))
      const said = blocks[index + 1]?.body.match(/^C: (.*)\nS: (.*)\n$/)
      assert.ok(said !== null && said !== undefined, 'the server is followed by its transcript')
      assert.equal(await talk(port, said[1] as string), said[2])
      child.kill('SIGTERM')
      await exit(child)
    })
  } else if (kind === 'console') {
    const missing = ['nc', 'socat', 'python3'].filter((name) => body.includes(`${name} -`) && !installed(name))
    const skip = missing.length > 0 && `needs ${missing.join(', ')}`
    test(title, { timeout: 60_000, skip }, () => transcript(body))
  } else if (kind === 'sh') {
    test(title, () => {
      const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
      const [install, second] = body.trim().split(' && ')
      assert.equal(install, 'npm install')
      assert.ok((second?.replace(/^npm (run )?/, '') as string) in scripts, `${second} is a script`)
    })
  }
}

test('the README names every server', () => {
  const names = execFileSync(process.execPath, [...commandLine, 'serve', '--help'], {
    env,
    encoding: 'utf8'
  })
  const servers = [...names.matchAll(/^ {2}(\w+) \[options\]/gm)].map(([, name]) => name)
  assert.ok(servers.length >= 4)
  for (const name of servers) assert.match(readme, new RegExp(`^\\| \`${name}\` \\|`, 'm'))
})

function program(index: number, body: string): string {
  const path = join(folder, `block-${index}.ts`)
  writeFileSync(path, body)
  return path
}

/** The first command starts the server, on a free port; the others run against it, and their output is compared. */
async function transcript(shown: string): Promise<void> {
  const body = shown.replaceAll('--auth-key-file key', `--auth-key-file ${join(folder, 'key')}`)
  if (body !== shown) writeFileSync(join(folder, 'key'), 'secret\n', { mode: 0o600 })
  const [first, ...rest] = body.split(/^\$ /m).filter((part) => part !== '')
  const [command, listening] = (first as string).trimEnd().split('\n') as [string, string]
  const [, name = '', flags = ''] = /^npm run serve:(\w+)(?: -- (.*))?$/.exec(command) ?? []
  const local = listening.includes('127.255.255.255') ? ['--host', '127.255.255.255'] : []
  const words = flags.split(' ').filter((word) => word !== '')
  const server = start(process.execPath, [...commandLine, 'serve', name, '--quiet', '--port', '0', ...local, ...words])
  const heard = lines(server)
  const endpoint = (await heard.next()).value as string
  const [wanted, got] = [portOf(listening), portOf(endpoint)]
  assert.equal(endpoint.replace(String(got), String(wanted)), listening)
  for (const part of rest) {
    const [shown, ...output] = part.trimEnd().split('\n') as [string, ...string[]]
    const byDefault = endpoint.replace(/^.* at /, '')
    const asked = shown
      .replaceAll(String(wanted), String(got))
      .replace(/(client:\w+\b)(?! -- udp:)(?: --)?/, `$1 -- ${byDefault}`)
      // What npm would run, without npm: that these scripts are there, test/servers/common.test.ts knows.
      .replace(/npm run -s client:(\w+) --/, `${[process.execPath, ...commandLine].join(' ')} client $1`)
    const { stdout } = await run('bash', ['-c', asked], { env })
    const reported = name === 'broadcast' || name === 'talk'
    const printed = reported ? ((await heard.next()).value as string) : stdout.replaceAll('\r', '').trimEnd()
    assert.match(printed, pattern(output.join('\n')))
  }
  server.kill('SIGTERM')
  await exit(server)
}

/** Dates and the ports of clients are others each time. */
function pattern(expected: string): RegExp {
  const literal = expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const dated = literal
    .replace(/\d{4}-\d\d-\d\d/, '\\d{4}-\\d\\d-\\d\\d')
    .replace(/ \d\d:\d\d:\d\d$/m, ' \\d\\d:\\d\\d:\\d\\d')
    .replace(/\w{3} \w{3} \d\d \d\d:\d\d:\d\d \d{4}/, '\\w{3} \\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}')
  return new RegExp(`^${dated.replace(/127\\\.0\\\.0\\\.1:\d+/, '\\S+:\\d+')}$`)
}

function start(command: string, args: string[]): ChildProcess {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

async function* lines(child: ChildProcess): AsyncGenerator<string> {
  let text = ''
  for await (const bytes of child.stdout ?? []) {
    text += String(bytes)
    const whole = text.split('\n')
    text = whole.pop() as string
    yield* whole
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  const { value } = await lines(child).next()
  return value as string
}

function exit(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })
}

function portOf(line: string): number {
  return Number(/:(\d+)$/.exec(line)?.[1])
}

async function talk(port: number, said: string): Promise<string> {
  const { connect } = await import('node:net')
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.end(said)
  let heard = ''
  for await (const bytes of socket) heard += String(bytes)
  return heard
}

function installed(name: string): boolean {
  try {
    execFileSync('bash', ['-c', `command -v ${name}`])
    return true
  } catch {
    return false
  }
}
