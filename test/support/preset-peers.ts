/**
 * Which presets proved themselves against a program that nobody here wrote.
 *
 * A peer test calls `proved('netstring')` behind its last assertion. `.ci/run` names a file in PRESET_PEERS_FILE and
 * counts the presets in it after the tests: tests that were skipped for want of a program leave no line there.
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { Child } from './child.ts'

export function proved(preset: string): void {
  const file = process.env.PRESET_PEERS_FILE
  if (file !== undefined) appendFileSync(file, `${preset}\n`)
}

/** The Python that Debian's packages belong to; another one on the PATH does not know them. */
const debianPython = '/usr/bin/python3'

/** For the option `skip` of a test: false when Debian's Python can import the module, else what to install. */
export function skipUnlessModule(module: string, debianPackage: string): string | false {
  const { status } = spawnSync(debianPython, ['-c', `import ${module}`])
  return status === 0 ? false : `no ${module}: apt-get install ${debianPackage}`
}

/** Starts a script in Debian's Python. */
export function debianScript(script: string, ...args: (string | number)[]): Child {
  return new Child(debianPython, ['-B', '-u', '-c', script, ...args.map(String)], { env: { PYTHONUTF8: '1' } })
}
