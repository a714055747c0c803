/**
 * The allow-list: a JSON file that names every command that may run, and what may stand behind its name.
 *
 *   {
 *     "commands": {
 *       "count": {
 *         "program": "/usr/bin/grep",
 *         "fixed": ["--count"],
 *         "options": ["-i", { "option": "-m", "value": { "matches": "[0-9]{1,4}" } }],
 *         "operands": [{ "matches": "[\\w .-]{1,100}" }, { "oneOf": ["access.log", "error.log"], "times": 2 }],
 *         "directory": "/var/log/site",
 *         "environment": { "LANG": "C.UTF-8" },
 *         "limits": { "deadlineMs": 5000 }
 *       }
 *     }
 *   }
 *
 * Patterns are those of RE2: they fit the whole word, and no pattern takes longer than its word is long. All is checked
 * when the file is read: a name that nobody knows, a program that is none, a shell, a directory that is not there.
 */
import { accessSync, constants, readFileSync, realpathSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { RE2JS } from 're2js'
import type { z as Zod } from 'zod'
import { InvalidOptionError, limits, type Option } from '../../lib/index.ts'
import { confinementTools } from './confinement.ts'
import type { ArgumentRules, WordRule } from './rules.ts'

/** What one command may use. */
export interface CommandLimits {
  /** From its start to its end; then it is killed, with all that it started. */
  readonly deadlineMs: number
  /** Output kept for a reply; at one byte more it is killed. */
  readonly outputBytes: number
  /** The same where output is passed on as it comes. */
  readonly streamBytes: number
  /** CPU time of each of its processes, in seconds. */
  readonly cpuSeconds: number
  /** Address space of each of its processes. */
  readonly memoryBytes: number
  /** Files that each of its processes has open. */
  readonly openFiles: number
  /** Processes of its user, all together; not limited unless said, for they are counted over the whole machine. */
  readonly processes?: number | undefined
}

export interface User {
  readonly uid: number
  readonly gid: number
}

export interface Command extends ArgumentRules {
  readonly name: string
  readonly program: string
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  /** Undefined: the user that the server runs as, which is not root. */
  readonly user: User | undefined
  readonly limits: CommandLimits
}

export interface AllowList {
  readonly commands: ReadonlyMap<string, Command>
  /** Commands that run at a time. */
  readonly atOnce: number
  /** Commands that wait for a place; one more is told that all are busy. */
  readonly waiting: number
}

export const nothingAllowed: AllowList = {
  commands: new Map(),
  atOnce: limits.commandsAtOnce,
  waiting: limits.commandsWaiting
}

/** Who runs commands of a server that is root, unless the list says who. */
const nobody: User = { uid: 65_534, gid: 65_534 }

const shells = /^(?:sh|bash|rbash|dash|ash|zsh|ksh|mksh|rksh|csh|tcsh|fish|busybox|pwsh)$/
const batchFile = /\.(?:bat|cmd)[ .]*$/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const control = /[\u0000-\u001f\u007f-\u009f]/

/** The option `--allow FILE`. Without it nothing runs. */
export const allowOption: Option<AllowList> = {
  summary: 'the allow-list, a JSON file; nothing runs without it',
  default: nothingAllowed,
  value: 'FILE',
  parse(path, option) {
    try {
      confinementTools()
      if ((statSync(path).mode & 0o002) !== 0) throw new Error('anybody may write to it')
      return parseAllowList(readFileSync(path, 'utf8'))
    } catch (error) {
      throw new InvalidOptionError(option, path, `an allow-list: ${(error as Error).message.replace(/\s+/g, ' ')}`)
    }
  }
}

/**
 * Reads an allow-list and checks all of it.
 *
 * @param root whether the server is root: then its commands run as nobody, unless the list says who
 * @throws Error whose message names the place and what is wrong with it
 */
export function parseAllowList(content: string, root: boolean = process.getuid?.() === 0): AllowList {
  const parsed = schema().safeParse(JSON.parse(content))
  if (!parsed.success) {
    throw new Error(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  }
  const { commands, atOnce, waiting, user, limits: general } = parsed.data
  const made = Object.entries(commands).map(([name, entry]): [string, Command] => {
    try {
      return [name, commandOf(name, entry, { user: user ?? (root ? nobody : undefined), general, root })]
    } catch (error) {
      throw new Error(`commands.${name}: ${(error as Error).message}`)
    }
  })
  return { commands: new Map(made), atOnce, waiting }
}

type File = Zod.infer<ReturnType<typeof schema>>
type Entry = File['commands'][string]

function commandOf(
  name: string,
  entry: Entry,
  { user, general, root }: { user: User | undefined; general: File['limits']; root: boolean }
): Command {
  if (name === 'q') throw new Error('q ends a conversation')
  if (!/^[^ \\'"]+$/.test(name) || control.test(name)) throw new Error('a name has no blanks, quotes or backslashes')
  const { program, directory, environment, fixed, separator } = entry
  checkProgram(program)
  if (!statSync(directory).isDirectory()) throw new Error(`${directory} is no directory`)
  for (const [key, value] of Object.entries(environment)) {
    if (!/^[^=\0]+$/.test(key) || value.includes('\0'))
      throw new Error(`environment: ${JSON.stringify(key)} is no name`)
  }
  if (fixed.some((word) => word.includes('\0'))) throw new Error('fixed: a NUL')
  const own = entry.user ?? user
  if (own !== undefined && !root && (own.uid !== process.getuid?.() || own.gid !== process.getgid?.())) {
    throw new Error(`user: only root can run it as ${own.uid}:${own.gid}`)
  }
  const options = entry.options.map((option) => {
    if (typeof option === 'string') return { word: { words: [option] } }
    const { value } = option
    const word = 'option' in option ? { words: [option.option] } : wordOf(option)
    return { word, value: value === undefined ? undefined : wordOf(value) }
  })
  const operands = entry.operands.map((operand) => ({
    word: wordOf(operand),
    optional: operand.optional,
    times: operand.times
  }))
  const all = { ...general, ...entry.limits }
  return {
    name,
    program,
    directory,
    environment,
    user: own,
    fixed,
    options,
    operands,
    separator,
    limits: limitsOf(all)
  }
}

function checkProgram(program: string): void {
  if (batchFile.test(program)) throw new Error(`program: ${program} is run by a shell`)
  const real = realpathSync(program)
  const { mode } = statSync(real)
  if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error(`program: ${program} is no file`)
  if ((mode & 0o002) !== 0) throw new Error(`program: anybody may write to ${program}`)
  accessSync(real, constants.X_OK)
  if (shells.test(basename(program)) || shells.test(basename(real))) throw new Error(`program: ${program} is a shell`)
}

function wordOf(rule: { matches: string } | { oneOf: readonly string[] }): WordRule {
  return 'oneOf' in rule ? { words: rule.oneOf } : { pattern: RE2JS.compile(rule.matches) }
}

function limitsOf(said: File['limits']): CommandLimits {
  return {
    deadlineMs: said?.deadlineMs ?? limits.commandMs,
    outputBytes: said?.outputBytes ?? limits.commandOutputBytes,
    streamBytes: said?.streamBytes ?? limits.commandStreamBytes,
    cpuSeconds: said?.cpuSeconds ?? limits.commandCpuSeconds,
    memoryBytes: said?.memoryBytes ?? limits.commandMemoryBytes,
    openFiles: said?.openFiles ?? limits.commandOpenFiles,
    processes: said?.processes
  }
}

/** zod is loaded when a list is read: it takes 80 ms, which every other server would pay. */
function schema() {
  const { z } = createRequire(import.meta.url)('zod') as { z: typeof Zod }
  const whole = (most: number, least = 1) => z.int().min(least).max(most)
  const absolute = z.string().regex(/^\/[^\0]*$/, 'a path that begins with /')
  const word = z.strictObject({ matches: z.string() }).or(z.strictObject({ oneOf: z.array(z.string()).min(1) }))
  const taken = { optional: z.boolean().default(false), times: whole(limits.commandWords).default(1) }
  const dashed = z.string().regex(/^-./, 'an option begins with -')
  const user = z.strictObject({ uid: whole(2 ** 32 - 2, 0), gid: whole(2 ** 32 - 2, 0) })
  const bounds = z.strictObject({
    deadlineMs: whole(86_400_000).optional(),
    outputBytes: whole(2 ** 30).optional(),
    streamBytes: whole(2 ** 50).optional(),
    cpuSeconds: whole(86_400).optional(),
    memoryBytes: whole(2 ** 50, 2 ** 20).optional(),
    openFiles: whole(2 ** 20, 3).optional(),
    processes: whole(2 ** 20).optional()
  })
  const command = z.strictObject({
    program: absolute,
    fixed: z.array(z.string()).default([]),
    options: z
      .array(
        z.union([
          dashed,
          z.strictObject({ option: dashed, value: word.optional() }),
          z.strictObject({ matches: z.string(), value: word.optional() })
        ])
      )
      .default([]),
    operands: z
      .array(
        z.union([
          z.strictObject({ matches: z.string(), ...taken }),
          z.strictObject({ oneOf: z.array(z.string()).min(1), ...taken })
        ])
      )
      .default([]),
    separator: z.boolean().default(true),
    directory: absolute.default('/'),
    environment: z.record(z.string(), z.string()).default({}),
    user: user.optional(),
    limits: bounds.optional()
  })
  return z.strictObject({
    atOnce: whole(1024).default(limits.commandsAtOnce),
    waiting: whole(100_000, 0).default(limits.commandsWaiting),
    user: user.optional(),
    limits: bounds.optional(),
    commands: z.record(z.string(), command)
  })
}
