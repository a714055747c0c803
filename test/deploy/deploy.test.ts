/**
 * What scripts/deploy ships: units that systemd takes and finds hardened, a Dockerfile without a fault, and in both of them
 * no option that is none, and no number that does not go with our defaults.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Copy, DockerfileParser, type JSONInstruction } from 'dockerfile-ast'
import { validate } from 'dockerfile-utils'
import { serviceLimits } from '../../lib/index.ts'
import { settingsOf } from '../../scripts/configuration/setting.ts'
import { status } from '../../scripts/exit-status.ts'
import { commandTree } from '../../scripts/program.ts'
import { skipUnless } from '../support/program.ts'
import { directory } from '../support/raw.ts'

const folder = directory()
const from = 'scripts/deploy'
const units = ['it-serve@.service', 'it-serve@.socket']
const noSystemd = skipUnless('systemd-analyze')

function analyze(...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', ['--no-pager', ...args], { encoding: 'utf8' })
  return { status, said: `${stdout}${stderr}` }
}

/** The units as they would be on a machine that has the program, which this one has elsewhere. */
function installed(edit: (unit: string) => string = (unit) => unit): string[] {
  return units.map((name) => {
    const path = join(folder, name)
    writeFileSync(path, edit(readFileSync(join(from, name), 'utf8')).replace('/usr/bin/it-serve', process.execPath))
    return path
  })
}

/** What the README puts into a drop-in of the socket. */
const [, dropIn = assert.fail('the README has a drop-in')] =
  /^```ini\n([\s\S]*?)^```/m.exec(readFileSync('README.md', 'utf8')) ?? []

test('systemd has nothing to say against the units', { skip: noSystemd }, () => {
  assert.deepEqual(analyze('verify', ...installed()), { status: 0, said: '' })
  const edited = installed((unit) => (unit.includes('[Socket]') ? `${unit}\n${dropIn}` : unit))
  assert.deepEqual(analyze('verify', ...edited), { status: 0, said: '' })
  const { said } = analyze('verify', ...installed((unit) => unit.replace('KillMode=mixed', 'KilMode=mixed')))
  assert.match(said, /Unknown key (name )?'KilMode'/, 'it would say so')
})

test('systemd finds the service hardened: 1.5 of 10 at most', { skip: noSystemd }, () => {
  const [service] = installed() as [string]
  const { status, said } = analyze('security', '--offline=true', '--threshold=15', service)
  assert.equal(status, 0, said)
})

test('the numbers of the service go with the defaults', () => {
  const unit = readFileSync(join(from, 'it-serve@.service'), 'utf8')
  const value = (key: string): string => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? assert.fail(key)
  assert.ok(Number(value('TimeoutStopSec')) * 1000 > serviceLimits.drainMs.default)
  assert.ok(Number(value('LimitNOFILE')) >= serviceLimits.maxConnections.default + serviceLimits.fileReserve.default)
  assert.equal(value('RestartPreventExitStatus'), `${status.usage} ${status.configuration}`)
})

test('every variable and flag that these files speak of is one', () => {
  const options = commandTree().commands.flatMap((verb) => verb.commands.flatMap((one) => settingsOf(one)))
  const variables = new Set(options.flatMap(({ variable }) => [variable, `${variable}_FILE`]))
  const flags = new Set(
    commandTree().commands.flatMap((verb) => verb.commands.flatMap((one) => one.options.map(({ long }) => long)))
  )
  for (const name of readdirSync(from)) {
    const text = readFileSync(join(from, name), 'utf8')
    for (const [variable] of text.matchAll(/IT_SERVE_[A-Z_]+/g))
      assert.ok(variables.has(variable), `${name}: ${variable}`)
    for (const [, flag] of text.matchAll(/(?:serve \w+ |"|more than |than |for )(--[a-z-]+)/g)) {
      assert.ok(flags.has(flag), `${name}: ${flag}`)
    }
  }
})

test('the Dockerfile has no fault, copies what is there, and runs as nobody with exact arguments', () => {
  const text = readFileSync(join(from, 'Dockerfile'), 'utf8')
  assert.deepEqual(validate(text), [])
  const instructions = DockerfileParser.parse(text).getInstructions()
  const all = (keyword: string) => instructions.filter((one) => one.getKeyword() === keyword)
  const ignore = readFileSync(join(from, 'Dockerfile.dockerignore'), 'utf8').split('\n')
  for (const copy of all('COPY') as Copy[]) {
    if (copy.getFlags().some((flag) => flag.getName() === 'from')) continue
    for (const path of copy.getArguments().slice(0, -1)) {
      assert.ok(existsSync(path.getValue()), path.getValue())
      assert.ok(ignore.includes(`!${path.getValue()}`), `${path.getValue()} reaches the engine`)
    }
  }
  const [user] = all('USER').at(-1)?.getArguments() ?? []
  assert.match(user?.getValue() ?? '', /^[1-9]\d*:[1-9]\d*$/)
  for (const keyword of ['ENTRYPOINT', 'CMD']) {
    const [one, ...more] = all(keyword) as JSONInstruction[]
    assert.equal(more.length, 0)
    assert.ok(Array.isArray(JSON.parse(one?.getArgumentsContent() ?? '')), `${keyword} is in exec form`)
  }
  assert.match(all('HEALTHCHECK')[0]?.getArgumentsContent() ?? '', /CMD \["node", /)
  assert.equal(all('STOPSIGNAL')[0]?.getArgumentsContent(), 'SIGTERM')
})
