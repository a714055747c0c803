/**
 * Textbook clients in Python run commands: each of their `recv` is what was meant, and what they print is what the program
 * said. And nc, to which a line is a line.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { exec, execClient } from '../../servers/exec.ts'
import { Child, environment } from '../support/child.ts'
import { commandLine } from '../support/command-line.ts'
import { allowing, noCommands, programs, script } from '../support/commands.ts'
import { python, skipUnless } from '../support/program.ts'
import { directory, hostAndPort, listening } from '../support/raw.ts'
import { batches, start } from '../support/service.ts'
import { Bell } from '../support/wait.ts'

const skip = skipUnless('python3') || noCommands
const list = allowing({
  ...programs,
  many: script("print('x' * 300_000, end='')"),
  bytes: script('import os; os.write(1, bytes(range(256)))')
})

interface Told {
  readonly size: number
  readonly body: string
  readonly header: Record<string, unknown>
}

const refusal = 'Error: not allowed: "rm" is no command of the allow-list\n'
const asked: Record<string, [body: string, header: Record<string, unknown>]> = {
  both: ['out\nerr\n', { stdout_size: 4, stderr_size: 4, exit_code: 0, signal: null, outcome: 'exited' }],
  'exit 3': ['', { stdout_size: 0, stderr_size: 0, exit_code: 3, signal: null, outcome: 'exited' }],
  many: ['x'.repeat(300_000), { stdout_size: 300_000, stderr_size: 0, exit_code: 0, signal: null, outcome: 'exited' }],
  bytes: [
    String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte)),
    { stdout_size: 256, stderr_size: 0, exit_code: 0, signal: null, outcome: 'exited' }
  ],
  'rm -rf /': [
    refusal,
    { stdout_size: 0, stderr_size: 0, exit_code: null, signal: null, outcome: 'refused', error: refusal.slice(7, -1) }
  ],
  "show 'a b' ; ls": [
    '--\0a b\0;\0ls\0',
    { stdout_size: 12, stderr_size: 0, exit_code: 0, signal: null, outcome: 'exited' }
  ]
}

for (const reply of ['length', 'json', 'ack'] as const) {
  test(`a textbook client with --reply ${reply}`, { skip }, async (t) => {
    for (const framing of ['chunk', 'line'] as const) {
      const { endpoint, books } = await start(t, exec, { options: { allow: list, reply, framing } })
      const client = python('commands.py', reply, endpoint, framing)
      for (const [index, [command, [body, header]]] of Object.entries(asked).entries()) {
        client.write(`${JSON.stringify({ command })}\n`)
        const told = JSON.parse(await client.lineAt(index)) as Told
        assert.equal(told.body, body, command)
        assert.equal(told.size, body.length)
        assert.deepEqual(told.header, reply === 'json' ? { data_size: body.length, ...header } : {}, command)
      }
      client.write('{"command": "q"}\n', 'end')
      assert.equal(await client.lineAt(Object.keys(asked).length), '{"end": ""}')
      const { stderr, status } = await client.ended()
      assert.deepEqual([status, stderr], [0, ''])
      assert.equal((await books.next('close')).reason, 'finished')
    }
  })
}

test('a streamed answer, told apart by Python', { skip }, async (t) => {
  const { endpoint } = await start(t, exec, { options: { allow: list, reply: 'stream' } })
  const told = async (command: string) =>
    JSON.parse(String((await python('stream.py', endpoint, command).ended()).stdout))
  assert.deepEqual(await told('both'), { stdout: 4, stderr: 4, end: { exit_code: 0, signal: null, outcome: 'exited' } })
  const end = { exit_code: null, signal: null, outcome: 'refused', error: refusal.slice(7, -1) }
  assert.deepEqual(await told('rm'), { stdout: 0, stderr: 0, end })
})

test('our client reads every framing', { skip }, async (t) => {
  for (const reply of ['length', 'json', 'ack', 'stream'] as const) {
    for (const framing of ['line', 'chunk'] as const) {
      const { endpoint } = await start(t, exec, { options: { allow: list, reply, framing } })
      const printed: Record<string, string> = { out: '', err: '' }
      const to = (name: string) => async (output: string | Uint8Array) => {
        printed[name] += Buffer.from(output as string).toString()
      }
      const request = { endpoint, options: { reply, framing }, print: to('out'), printError: to('err') }
      const { signal } = new AbortController()
      const run = (message: string) => execClient.run({ ...request, message, input: batches(), signal })
      await run('both')
      const apart = reply === 'json' || reply === 'stream'
      assert.deepEqual(printed, apart ? { out: 'out\n', err: 'err\n' } : { out: 'out\nerr\n', err: '' }, reply)
      const failing = run('exit 3')
      if (apart) await assert.rejects(failing, /^Error: the command exited with status 3$/)
      else await failing
      printed.out = ''
      const input = batches([Buffer.from('show a\n\nsho')], [Buffer.from('w b')])
      await execClient.run({ ...request, message: undefined, input, signal })
      assert.equal(printed.out, '--\0a\0--\0b\0')
    }
  }
})

test('our client believes no header that cannot be', async (t) => {
  const headers: [header: string, says: RegExp][] = [
    ['no JSON', /the header of an answer is no JSON/],
    ['null', /the header of an answer tells no sizes/],
    ['{"data_size":"x"}', /tells no sizes/],
    ['{"data_size":-5}', /tells no sizes/],
    ['{"data_size":0.5}', /tells no sizes/],
    ['{"data_size":2,"stdout_size":5,"stderr_size":-3}', /tells no sizes/],
    ['{"data_size":2,"stdout_size":1,"stderr_size":2}', /tells no sizes/],
    ['{"data_size":0,"outcome":"refused","error":{"not":"text"}}', /the command ended by refused/],
    ['{"data_size":0,"exit_code":3}', /the command exited with status 3/]
  ]
  for (const [header, says] of headers) {
    const server = createServer((socket) => {
      const length = Buffer.alloc(4)
      length.writeInt32LE(header.length)
      socket.on('error', () => {}).once('data', () => socket.end(Buffer.concat([length, Buffer.from(header)])))
    })
    t.after(() => server.close())
    const request = {
      endpoint: `tcp://127.0.0.1:${await listening(server)}`,
      options: { reply: 'json', framing: 'line' },
      message: 'ls',
      input: batches<Uint8Array>(),
      print: async () => {},
      signal: new AbortController().signal
    } as const
    await assert.rejects(execClient.run(request), (error: Error) => says.test(error.message), header)
  }
})

test('the command line: nc asks, standard output has the audit, no inherited descriptor goes on', {
  skip: skip || skipUnless('nc')
}, async (t) => {
  const path = `${directory()}/allow`
  const files = script(
    "import os; print([fd for fd in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + fd)])"
  )
  writeFileSync(path, JSON.stringify({ commands: { files, sleep: programs.sleep } }))
  // Node itself takes care of what it inherits up to 16.
  const stdio = Array.from({ length: 41 }, (_, at) => (at < 3 || at === 40 ? 'pipe' : 'ignore')) as 'pipe'[]
  const serve = [
    ...commandLine,
    'serve',
    'exec',
    '--log-rate',
    '1000',
    '--port',
    '0',
    '--allow',
    path,
    '--reply',
    'json'
  ]
  const server = spawn(process.execPath, serve, { stdio, env: environment() })
  t.after(() => server.kill('SIGKILL'))
  const bell = new Bell()
  let [said, log] = ['', '']
  server.stdout?.on('data', (bytes: Buffer) => {
    said += String(bytes)
    bell.ring()
  })
  server.stderr?.on('data', (bytes: Buffer) => {
    log += String(bytes)
    bell.ring()
  })
  const line = (index: number): Promise<string> =>
    bell.until(() => said.split('\n').slice(0, -1)[index], `line ${index}`)
  const [, endpoint = ''] = / at (\S+)$/.exec(await line(0)) ?? []
  const { host, port } = hostAndPort(endpoint)
  const { stdout } = await new Child('nc', ['-N', host, String(port)])
    .write('files\r\nsleep 0\nq\nfiles\n', 'end')
    .ended()
  const size = stdout.readInt32LE()
  const header = JSON.parse(String(stdout.subarray(4, 4 + size))) as { data_size: number }
  const body = String(stdout.subarray(4 + size, 4 + size + header.data_size))
  assert.equal(body, "['0', '1', '2']\n")
  const audit = JSON.parse(await line(2)) as Record<string, unknown>
  assert.deepEqual([audit.command, audit.outcome, audit.exit_code, audit.bytes], ['sleep 0', 'exited', 0, 0])
  const over = new Promise((resolve) => server.once('exit', (status) => resolve(status)))
  // A command that runs when the server is told to stop comes to its end, and its answer arrives.
  const late = new Child('nc', ['-N', host, String(port)]).write('sleep 0.4\n', 'end')
  await bell.until(() => (log.split('"event":"accept"').length > 2 ? true : undefined), 'both were accepted')
  server.kill('SIGTERM')
  assert.match(String((await late.ended()).stdout), /"outcome":"exited"/)
  assert.equal(await over, 0)
})
