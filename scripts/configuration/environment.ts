/**
 * The environment as a place of settings: `IT_SERVE_IDLE_MS=5000`, or `IT_SERVE_IDLE_MS_FILE=/run/secrets/idle` for a file
 * that holds the value. The latter always names the file in which the thing itself stands: for an option that takes a
 * `<FILE>` it is the same as without `_FILE`, and where an option is called so (`--auth-key-file`) it is that option's.
 *
 * A variable of ours that no command knows is refused, as a misspelt limit is no limit; one of another command is left alone.
 */
import { readFileSync } from 'node:fs'
import { ConfigurationError } from '../exit-status.ts'
import { readableByOthers } from './readable-by-others.ts'
import { type Given, type Layer, prefix, type Setting } from './setting.ts'
import { suggestion } from './suggestion.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** More is no value of an option. */
const mostBytes = 64 * 1024

/**
 * @param settings those of the command that runs
 * @param all those of every command
 * @param warn is told of a secret that others can read
 * @throws ConfigurationError that names the variable
 */
export function fromEnvironment(
  settings: readonly Setting[],
  all: readonly Setting[],
  environment: Environment,
  warn: (line: string) => void
): Layer {
  const owners = ownersOf(settings)
  const known = ownersOf(all)
  const layer: Layer = new Map()
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || name === `${prefix}CONFIG` || value === undefined) continue
    if (!known.has(name)) throw new ConfigurationError(`${name} is no option${unknown(name, known)}`)
    const owner = owners.get(name)
    if (owner === undefined) continue
    const { setting, inFile } = owner
    const twin = `${name}_FILE`
    if (environment[twin] !== undefined) throw new ConfigurationError(`${name} and ${twin} are both set: expected one`)
    if (value === '') throw new ConfigurationError(`${name} is empty: unset it to have the default`)
    layer.set(setting.key, inFile ? contentOf(name, value, setting, warn) : given(name, value, setting))
  }
  return layer
}

interface Owner {
  readonly setting: Setting
  /** The value stands in the file of which this is the path. */
  readonly inFile: boolean
}

function ownersOf(settings: readonly Setting[]): Map<string, Owner> {
  const owners = new Map<string, Owner>()
  for (const setting of settings) {
    const inFile = setting.kind !== 'path'
    if (setting.kind !== 'switch') owners.set(`${setting.variable}_FILE`, { setting, inFile })
  }
  for (const setting of settings) owners.set(setting.variable, { setting, inFile: false })
  return owners
}

function given(place: string, text: string, { kind }: Setting): Given {
  if (kind !== 'list') return { place, texts: [text] }
  return { place, texts: text.split(/[\s,]+/).filter((part) => part !== '') }
}

function contentOf(name: string, path: string, setting: Setting, warn: (line: string) => void): Given {
  const place = `${name} (${path})`
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigurationError(`${name} is ${JSON.stringify(path)}: ${(error as Error).message}`, { cause: error })
  }
  const warning = setting.secret ? readableByOthers(name, path) : undefined
  if (warning !== undefined) warn(warning)
  const text = content.replace(/\r?\n$/, '')
  if (text === '') throw new ConfigurationError(`${place} is empty`)
  if (content.length > mostBytes) throw new ConfigurationError(`${place} has more than ${mostBytes} bytes`)
  return given(place, text, setting)
}

function unknown(name: string, known: ReadonlyMap<string, Owner>): string {
  if (/^IT_SERVE_(SERVICE_|PORT_)/.test(name)) {
    return ': Kubernetes sets it for a service called it-serve, set enableServiceLinks: false in the pod'
  }
  return suggestion(name, Array.from(known.keys()))
}
