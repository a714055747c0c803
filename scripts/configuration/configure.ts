/**
 * Where the options of a command come from: flags over environment over configuration file over defaults. Each is read by
 * the code that reads the flag, and commander keeps where it came from (`command.getOptionValueSource`), for errors and
 * for `--print-config`.
 *
 * To add an option, give it to its command, here or in the option table of a server, and nothing else: its variable, its
 * key in the file, its line in `--print-config`, its help and its completion are made of it (see setting.ts). Errors speak
 * of `--its-flag`, at their beginning, and are told in the words of the place where the value was.
 *
 * commander's own `.env()` is not used: it takes any value of a switch for true, `IT_SERVE_QUIET=false` too.
 */
import { type Command, CommanderError } from 'commander'
import { InvalidOptionError } from '../../lib/index.ts'
import { ConfigurationError } from '../exit-status.ts'
import { fromFile, type Section, type Sections } from './config-file.ts'
import { type Environment, fromEnvironment } from './environment.ts'
import { readableByOthers } from './readable-by-others.ts'
import { type Given, type Layer, type Setting, settingsOf } from './setting.ts'

/**
 * Fills in what the flags did not say.
 *
 * @param command one server's or client's: a child of the commands `serve` and `client`
 * @returns warnings, each one line
 * @throws ConfigurationError that names the variable, or the key with its file and line
 */
export function configure(command: Command, environment: Environment): string[] {
  const warnings: string[] = []
  const warn = (line: string): void => void warnings.push(line)
  const settings = settingsOf(command)
  const sections = sectionsOf(command)
  const all = [...sections.servers.values(), ...sections.clients.values()].flat()
  const layers = [fromFlags(command, settings), fromEnvironment(settings, all, environment, warn)]
  const flag = command.getOptionValue('config') as string | undefined
  const path = flag ?? environment.IT_SERVE_CONFIG
  const from = flag === undefined ? 'IT_SERVE_CONFIG' : '--config'
  if (path !== undefined) layers.push(...fromFile(path, from, sections, sectionOf(command), warn))
  const taken = new Set<string>()
  for (const layer of layers) {
    const free = settings.filter((setting) => layer.has(setting.key) && !isHidden(setting, settings, taken))
    for (const setting of free) {
      const given = layer.get(setting.key) as Given
      refuseConflict(setting, given, layer)
      if (given.place !== setting.flag) apply(command, setting, given)
    }
    for (const { key } of free) taken.add(key)
  }
  for (const setting of settings) {
    const file: unknown = command.getOptionValue(setting.key)
    const warning =
      setting.secret && setting.kind === 'path' && typeof file === 'string'
        ? readableByOthers(placeOf(command, setting), file)
        : undefined
    if (warning !== undefined) warn(warning)
  }
  return warnings
}

/** Where a value came from: `--idle-ms`, `IT_SERVE_IDLE_MS`, `servers.echo.idleMs in FILE line 3`, or `default`. */
export function placeOf(command: Command, { key, flag }: Setting): string {
  const source = command.getOptionValueSource(key) ?? 'default'
  return source === 'cli' ? flag : source
}

/** The same error in the words of the place where the value was, and without the value where that is a secret. */
export function placed(error: unknown, command: Command): unknown {
  if (!(error instanceof InvalidOptionError || error instanceof ConfigurationError)) return error
  const [, name] = /^(--[\w-]+|limits\.\w+)\b/.exec(error.message) ?? []
  const setting = settingsOf(command).find(({ flag, key }) => name === flag || name === `limits.${key}`)
  if (setting === undefined || name === undefined) return error
  const place = placeOf(command, setting)
  if (place === 'default' || (place === setting.flag && !setting.secret)) return error
  const rest =
    setting.secret && setting.kind !== 'path' ? ' is a secret that cannot be used' : error.message.slice(name.length)
  return new ConfigurationError(`${place}${rest}`, { cause: error })
}

/** The section of the file that is a command's. */
export function sectionOf(command: Command): Section {
  return { kind: command.parent?.name() === 'client' ? 'clients' : 'servers', name: command.name() }
}

function sectionsOf(command: Command): Sections {
  const of = (verb: string): Map<string, Setting[]> => {
    const parent = command.parent?.parent?.commands.find((one) => one.name() === verb)
    return new Map(parent?.commands.map((one) => [one.name(), settingsOf(one)]))
  }
  return { servers: of('serve'), clients: of('client') }
}

function fromFlags(command: Command, settings: readonly Setting[]): Layer {
  const given = settings.filter(({ key }) => command.getOptionValueSource(key) === 'cli')
  return new Map(given.map(({ key, flag }) => [key, { texts: [], place: flag }]))
}

/** Whether it was said already, or something that excludes it: `--port` on the command line hides `listen` of the file. */
function isHidden(setting: Setting, settings: readonly Setting[], taken: ReadonlySet<string>): boolean {
  return taken.has(setting.key) || settings.some((other) => taken.has(other.key) && exclude(setting, other.option))
}

function refuseConflict({ key, option }: Setting, { place }: Given, layer: Layer): void {
  for (const other of conflictsOf(option)) {
    const there = layer.get(other)
    if (there !== undefined)
      throw new ConfigurationError(`${place} and ${there.place} are both set: expected one (${key} or ${other})`)
  }
}

function exclude(setting: Setting, other: Setting['option']): boolean {
  return conflictsOf(other).includes(setting.key) || conflictsOf(setting.option).includes(other.attributeName())
}

/** commander keeps what `conflicts()` was told, and does not say so in its types. */
function conflictsOf(option: Setting['option']): readonly string[] {
  return (option as Setting['option'] & { conflictsWith: string[] }).conflictsWith
}

function apply(command: Command, setting: Setting, given: Given): void {
  try {
    command.setOptionValueWithSource(setting.key, parsed(setting, given), given.place)
  } catch (error) {
    if (error instanceof InvalidOptionError) {
      const rest = setting.secret ? ' is a secret that cannot be used' : error.message.replace(/^--[\w-]+/, '')
      throw new ConfigurationError(`${given.place}${rest}`, { cause: error })
    }
    if (!(error instanceof CommanderError)) throw error
    throw new ConfigurationError(`${given.place} cannot be used: ${error.message}`, { cause: error })
  }
}

function parsed({ kind, option, flag }: Setting, { texts }: Given): unknown {
  const { parseArg } = option
  if (kind === 'list')
    return texts.reduce<unknown>((all, text) => parseArg?.(text, all) ?? [...(all as string[]), text], [])
  const [text] = texts as [string]
  if (kind !== 'switch') return parseArg === undefined ? text : parseArg(text, undefined)
  if (!['true', 'false', '1', '0'].includes(text)) throw new InvalidOptionError(flag, text, 'true or false')
  return text === 'true' || text === '1'
}
