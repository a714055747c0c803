/**
 * `npm test`: the test files below test/, in Node's own runner. Files of one folder share a process, eight at most: to start
 * one and load everything costs more than many of them take.
 *
 *   npm test                      all of them, but those that try out the laws themselves (mutants)
 *   npm test -- codec peers       those whose path contains one of the words
 *   npm run test:mutants          faults planted into copies of our own code: each must be found
 *
 * It builds first: tests that start the command line start what users have, and in a third of the time.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const mostTogether = 8
/** Each of these is alone: it plants faults, or counts what is compiled behind it. */
const alone = /laws|mutants|readme/

const words = process.argv.slice(2)
const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => join('test', name))
  .filter((name) =>
    words.length === 0 ? !name.endsWith('mutants.test.ts') : words.some((word) => name.includes(word))
  )
  .sort()

if (files.length === 0) {
  console.error(`no test file matches ${words.join(' ')}`)
  process.exit(64)
}
const build = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'scripts/build'], {
  stdio: 'inherit'
})
if (build.status !== 0) process.exit(build.status ?? 1)

const folder = mkdtempSync(join(tmpdir(), 'it-serve-test-'))
const flags = ['--import', 'tsx', '--conditions', 'it-serve-source', '--test', '--test-concurrency=3']
const { status } = spawnSync(process.execPath, [...flags, '--test-reporter', 'spec', ...together(files)], {
  stdio: 'inherit',
  env: { ...process.env, BUILT_COMMAND_LINE: resolve('dist/scripts/it-serve.js') }
})
rmSync(folder, { recursive: true })
process.exitCode = status ?? 1

/** Entry files: each imports the files of its group. */
function together(all: readonly string[]): string[] {
  const groups = new Map<string, string[]>()
  for (const file of all) {
    if (alone.test(file)) {
      groups.set(file, [file])
      continue
    }
    const name = dirname(file)
    let part = 1
    while ((groups.get(`${name} ${part}`)?.length ?? 0) >= mostTogether) part++
    const key = `${name} ${part}`
    groups.set(key, [...(groups.get(key) ?? []), file])
  }
  return [...groups.values()].map((group, index) => {
    const [only] = group
    if (group.length === 1) return only as string
    const entry = join(folder, `${dirname(only as string).replaceAll(/\W+/g, '-')}-${index}.test.mjs`)
    writeFileSync(entry, group.map((file) => `import ${JSON.stringify(pathToFileURL(resolve(file)).href)}\n`).join(''))
    return entry
  })
}
