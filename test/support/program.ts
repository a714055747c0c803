/**
 * Real programs as peers: whether they are here, and how they are started.
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from './child.ts'

const peers = fileURLToPath(new URL('../peers/python/', import.meta.url))
const project = fileURLToPath(new URL('../../', import.meta.url))

/** For the option `skip` of a test: false when all of them are there, else the reason that is printed. */
export function skipUnless(...programs: readonly string[]): string | false {
  const missing = programs.filter((program) => !isHere(program))
  return missing.length === 0 ? false : `${missing.join(', ')} not on the PATH`
}

function isHere(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Starts one of the Python peers. Its output comes as it is made, its files are read and written as UTF-8. */
export function python(file: string, ...args: readonly string[]): Child {
  return new Child('python3', ['-B', '-u', join(peers, file), ...args], { env: { PYTHONUTF8: '1' }, family: true })
}

/** Starts a TypeScript or JavaScript file as a process of its own. */
export function nodeFile(file: URL, ...args: readonly string[]): Child {
  const path = fileURLToPath(file)
  const loader = path.endsWith('.ts') ? ['--import', 'tsx'] : []
  return new Child(process.execPath, [...loader, path, ...args], { cwd: project })
}

/** Starts the command line: `itServe('serve', 'echo', '--port', '0')`. */
export function itServe(...args: readonly string[]): Child {
  return new Child(process.execPath, commandLine(args), { cwd: project })
}

/** The same with an output that nobody reads. */
export function itServeUnread(unread: 'stdout' | 'stderr', ...args: readonly string[]): Child {
  return new Child(process.execPath, commandLine(args), { cwd: project, unread })
}

function commandLine(args: readonly string[]): string[] {
  return ['--import', 'tsx', 'scripts/it-serve.ts', ...args]
}

/** Starts a script of package.json, as a user would. */
export function npmScript(script: string, ...args: readonly string[]): Child {
  return new Child('npm', ['run', '-s', script, '--', ...args], { cwd: project, family: true })
}

/** The endpoint of a server that was just started, from the line with which it says that it accepts. */
export async function endpointOf(server: Child, index = 0): Promise<string> {
  const line = await server.lineAt(index)
  const [, endpoint] = / listening at (\S+)$/.exec(line) ?? []
  if (endpoint === undefined) throw new Error(`line ${index} is ${JSON.stringify(line)}`)
  return endpoint
}
