/**
 * The command line as a tree of commands: `it-serve serve NAME`, `it-serve client NAME`, `it-serve cert` and so on. What
 * each server and client can be told comes from flags, the environment and a file, see configuration/configure.ts.
 */
import { createRequire } from 'node:module'
import { Command, CommanderError } from 'commander'
import { certCommand } from './cert.ts'
import { clientCommand } from './client.ts'
import { completeCommand, completionCommand } from './completion.ts'
import { configure, placed } from './configuration/configure.ts'
import type { Environment } from './configuration/environment.ts'
import { lineOf, status, statusOf } from './exit-status.ts'
import { faultsCommand } from './faults.ts'
import { help } from './help.ts'
import { probeCommand } from './probe/probe.ts'
import { serveCommand } from './serve.ts'
import { clients, servers } from './servers.ts'

export interface Surroundings {
  readonly environment: Environment
  readonly writeOut: (text: string) => void
  readonly writeErr: (text: string) => void
}

/** Runs one command line, without the names of the program. @returns its exit status */
export async function runProgram(
  args: readonly string[],
  { environment, writeOut, writeErr }: Surroundings
): Promise<number> {
  const program = commandTree()
  const tell = (line: string): void => writeErr(`${program.name()}: ${line}\n`)
  let running: Command | undefined
  program.hook('preAction', (_, command) => {
    running = command
    if (!isConfigured(command)) return
    for (const warning of configure(command, environment)) tell(`warning: ${lineOf(warning)}`)
  })
  for (const command of allOf(program)) {
    command
      .configureHelp(help)
      .exitOverride()
      .configureOutput({ writeOut, writeErr: () => {} })
      .showHelpAfterError(false)
  }
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (thrown) {
    const error = running === undefined ? thrown : placed(thrown, running)
    if (error instanceof CommanderError) {
      if (error.exitCode !== 0) tell(usage(error, args))
      return error.exitCode === 0 ? status.ok : status.usage
    }
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return status.ok
    tell(lineOf(error))
    return statusOf(error)
  }
  return status.ok
}

/** All commands. */
export function commandTree(): Command {
  const { version } = createRequire(import.meta.url)('it-serve/package.json') as { version: string }
  const program = new Command('it-serve')
    .description('Network servers and clients as pipelines')
    .version(version, '-V, --version', 'print the version')
    // `probe tls` has a --version of its own.
    .enablePositionalOptions()
  const serve = program.command('serve').description('run a server')
  const client = program.command('client').description('run a client')
  for (const server of servers) serve.addCommand(serveCommand(server))
  for (const one of clients) client.addCommand(clientCommand(one))
  program.addCommand(certCommand()).addCommand(faultsCommand()).addCommand(probeCommand())
  return program.addCommand(completionCommand()).addCommand(completeCommand(), { hidden: true })
}

function allOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allOf)]
}

/** One server or client; the others have too little to say. */
function isConfigured(command: Command): boolean {
  return ['serve', 'client'].includes(command.parent?.name() ?? '')
}

function usage(error: CommanderError, [verb]: readonly string[]): string {
  if (error.code !== 'commander.help') return error.message.replace(/^error: /, '').replace(/\s+/g, ' ')
  const names = (verb === 'client' ? clients : servers).map(({ name }) => name).join(', ')
  return `name a command: it-serve serve NAME or it-serve client NAME (${names})`
}
