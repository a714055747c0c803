/**
 * `npm test`: every test file below test/, in Node's own runner, one process a file.
 *
 *   npm test                      all of them
 *   npm test -- codec peers       those whose path contains one of the words
 *
 * It builds first: tests that start the command line start what users have, and in a third of the time.
 */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

const words = process.argv.slice(2)
const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort()

if (files.length === 0) {
  console.error(`no test file matches ${words.join(' ')}`)
  process.exit(64)
}
const build = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'scripts/build'], {
  stdio: 'inherit'
})
if (build.status !== 0) process.exit(build.status ?? 1)
const flags = [
  '--import',
  'tsx',
  '--conditions',
  'it-serve-source',
  '--test',
  '--test-concurrency=2',
  '--test-reporter',
  'spec'
]
const { status } = spawnSync(process.execPath, [...flags, ...files], {
  stdio: 'inherit',
  env: { ...process.env, BUILT_COMMAND_LINE: resolve('dist/scripts/it-serve.js') }
})
process.exitCode = status ?? 1
