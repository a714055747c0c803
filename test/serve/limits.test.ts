/**
 * The limits as a table: each one checked by name, told by the help of the command line, and in the README as it is.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Command } from 'commander'
import {
  connect,
  InvalidOptionError,
  type ServeLimits,
  type ServiceLimit,
  serve,
  serviceLimits
} from '../../lib/index.ts'
import { addLimitFlags, readLimitFlags } from '../../scripts/limit-flags.ts'
import { echo } from '../../servers/echo.ts'

const all: [name: string, limit: ServiceLimit][] = Object.entries(serviceLimits)

for (const [name, { least, unit }] of all) {
  test(`${name} is checked by its name`, async () => {
    const wrong: unknown[] = [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5', null]
    if (least > 0) wrong.push(0)
    if (unit === 'ms') wrong.push(2 ** 31)
    for (const value of wrong) {
      const starting = serve(echo, { listen: [], limits: { [name]: value } as Partial<ServeLimits> })
      await assert.rejects(starting, (error: unknown) => error instanceof InvalidOptionError && error.option === name)
    }
    await using service = await serve(echo, { listen: [], limits: { [name]: Math.max(1, least) } })
    assert.equal(service.stats.open, 0)
  })
}

test('a name that is none is refused, one that is undefined has its default', async () => {
  for (const name of ['maxConection', 'toString', '__proto__x']) {
    await assert.rejects(serve(echo, { listen: [], limits: { [name]: 1 } }), InvalidOptionError)
  }
  await assert.rejects(serve(echo, { lisen: [] } as never), /serve option is "lisen": expected one of listen, /)
  await assert.rejects(connect('tcp://127.0.0.1:1', { timeout: 5 } as never), /connect option is "timeout"/)
  await using service = await serve(echo, { listen: [], limits: { idleMs: undefined } as never })
  assert.deepEqual(service.endpoints, [])
})

test('each is a flag, whose help tells the default and the reason', () => {
  const command = new Command('serve')
  addLimitFlags(command)
  const help = command.helpInformation().replace(/\s+/g, ' ')
  for (const [name, limit] of all) {
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    assert.ok(help.includes(`${flag} <`), flag)
    assert.ok(help.includes(`(default: ${limit.default}; ${limit.reason})`), flag)
    assert.deepEqual(readLimitFlags({ [name]: '7' }), { [name]: 7 })
    assert.throws(() => readLimitFlags({ [name]: 'x' }), InvalidOptionError)
  }
})

test('the README has each of them, with its default and reason', () => {
  const readme = readFileSync('README.md', 'utf8')
  for (const [name, limit] of all) {
    const value = limit.default.toLocaleString('en')
    const row = `| \`${name}\` | ${value} ${limit.unit} | ${limit.summary}: ${limit.reason} |`
    assert.ok(readme.includes(row), row)
  }
})
