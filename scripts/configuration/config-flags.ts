/** The flags that are about configuration itself, and what the help says of the other places. */
import type { Command } from 'commander'
import { printedConfig } from './print-config.ts'

export function addConfigFlags(command: Command): Command {
  return command
    .optionsGroup('Configuration:')
    .option('--config <FILE>', 'read what is not said here or in the environment from this YAML or JSON file')
    .option('--print-config', 'print what is in force, with where it comes from, as such a file, and exit')
    .addHelpText('after', places)
}

/** Prints it if that was asked for. Called when all options were read and found right. @returns whether it was */
export function printConfig(command: Command): boolean {
  if (command.getOptionValue('printConfig') !== true) return false
  command.configureOutput().writeOut?.(printedConfig(command))
  return true
}

const places = `
Each option may also be a variable of the environment or a key of the
configuration file: --tls-ca is IT_SERVE_TLS_CA (or IT_SERVE_TLS_CA_FILE, a file
that holds the value) and tlsCa. Flags win over the environment, that over the
file.`
