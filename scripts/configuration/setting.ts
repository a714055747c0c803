/**
 * The options of a command are the one table of all that can be set. What an option is called elsewhere follows from its
 * flag, and what may stand there from how its usage is written, so that a new option is there in every place at once:
 *
 *   flag                    environment             key of the file     value
 *   --idle-ms <MS>          IT_SERVE_IDLE_MS        idleMs              a number, for <N>, <MS>, <BYTES>, <PORT>, <PERCENT>
 *   --listen <E>, default []  IT_SERVE_LISTEN       listen              a list: the default is one, or the option is variadic
 *   --tls-key <FILE>        IT_SERVE_TLS_KEY        tlsKey              a path; that of a file is relative to its folder
 *   --no-read-buffers       IT_SERVE_READ_BUFFERS   readBuffers         a switch, true or false
 *
 * An option that speaks of a key, password, secret or token is one: its value is never shown, its file is looked at.
 */
import type { Command, Option } from 'commander'

/** What stands in front of every variable. */
export const prefix = 'IT_SERVE_'

export interface Setting {
  readonly option: Option
  /** `idleMs`: what the command, the configuration file and the library call it. */
  readonly key: string
  /** `--idle-ms` */
  readonly flag: string
  /** `IT_SERVE_IDLE_MS` */
  readonly variable: string
  readonly kind: 'switch' | 'number' | 'list' | 'path' | 'text'
  readonly secret: boolean
  /** Its default as people read it; undefined where there is none. */
  readonly byDefault: string | undefined
}

/** What asks for something once is no setting, and the file cannot name itself. */
const flagsOnly = new Set(['config', 'printConfig', 'help', 'version'])

/** All that can be set for a command, in the order of its help. */
export function settingsOf(command: Command): Setting[] {
  const settings = new Map<string, Setting>()
  for (const option of command.options) {
    const key = option.attributeName()
    if (!flagsOnly.has(key) && !settings.has(key)) settings.set(key, settingOf(option, key))
  }
  return Array.from(settings.values())
}

function settingOf(option: Option, key: string): Setting {
  const named = key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
  return {
    option,
    key,
    flag: option.long ?? option.flags,
    variable: `${prefix}${named}`,
    kind: kindOf(option),
    secret: /key|password|secret|token/i.test(key),
    byDefault: defaultOf(option)
  }
}

function defaultOf({ defaultValue, defaultValueDescription, negate, ...option }: Option): string | undefined {
  if (defaultValueDescription !== undefined) return defaultValueDescription
  if (defaultValue !== undefined) return JSON.stringify(defaultValue)
  if (negate) return 'true'
  return option.required || option.optional ? undefined : 'false'
}

function kindOf(option: Option): Setting['kind'] {
  if (option.isBoolean() || option.negate) return 'switch'
  if (option.variadic || Array.isArray(option.defaultValue)) return 'list'
  const [, value] = /[<[](\w+)/.exec(option.flags) ?? []
  if (value === 'FILE') return 'path'
  return ['N', 'MS', 'BYTES', 'PORT', 'PERCENT'].includes(value as string) ? 'number' : 'text'
}

/** What was found in one place, in front of any reading of it; `place` is how errors and `--print-config` speak of it. */
export interface Given {
  readonly texts: readonly string[]
  readonly place: string
}

/** All that one place says, by key. */
export type Layer = Map<string, Given>
