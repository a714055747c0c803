#!/usr/bin/env node
/**
 * The command line: `it-serve serve NAME`, `it-serve client NAME`, `it-serve cert`,
 * `it-serve faults ENDPOINT`, `it-serve probe tls HOST PORT`, `it-serve probe connect HOST SERVICE`.
 */
import { Command, CommanderError } from 'commander'
import { certCommand } from './cert.ts'
import { clientCommand } from './client.ts'
import { lineOf, status, statusOf } from './exit-status.ts'
import { faultsCommand } from './faults.ts'
import { probeCommand } from './probe/probe.ts'
import { serveCommand } from './serve.ts'
import { clients, servers } from './servers.ts'

const program = new Command('it-serve').description('Network servers and clients as pipelines')
const serve = program.command('serve').description('run a server')
const client = program.command('client').description('run a client')
for (const server of servers) serve.addCommand(serveCommand(server))
for (const one of clients) client.addCommand(clientCommand(one))

const cert = certCommand()
const faults = faultsCommand()
program.addCommand(cert)
program.addCommand(faults)
const probe = probeCommand()
program.addCommand(probe)

const quiet = { writeErr: () => {} }
for (const command of [
  program,
  serve,
  client,
  cert,
  faults,
  probe,
  ...serve.commands,
  ...client.commands,
  ...probe.commands
]) {
  command.exitOverride().configureOutput(quiet).showHelpAfterError(false)
}

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = usage(error)
  else if ((error as NodeJS.ErrnoException).code !== 'EPIPE') {
    process.stderr.write(`${program.name()}: ${lineOf(error)}\n`)
    process.exitCode = statusOf(error)
  }
}

function usage(error: CommanderError): number {
  if (error.exitCode === 0) return status.ok
  if (error.code === 'commander.help') {
    const [verb] = process.argv.slice(2)
    const names = (verb === 'client' ? clients : servers).map(({ name }) => name).join(', ')
    process.stderr.write(`${program.name()}: name a command: it-serve serve NAME or it-serve client NAME (${names})\n`)
  } else {
    process.stderr.write(`${program.name()}: ${lineOf(error).replace(/^error: /, '')}\n`)
  }
  return status.usage
}
