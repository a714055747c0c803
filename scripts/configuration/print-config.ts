/**
 * What is in force, as a configuration file: behind each value where it comes from, what is a default commented out, so that
 * the file says again what was said and no more. Secrets are not shown.
 */
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { lineOf } from '../exit-status.ts'
import { placeOf, sectionOf } from './configure.ts'
import { type Setting, settingsOf } from './setting.ts'

export function printedConfig(command: Command): string {
  const { kind, name } = sectionOf(command)
  const lines = settingsOf(command).map((setting) => `    ${lineFor(command, setting)}`)
  return [`${kind}:`, `  ${name}:${isEmpty(lines) ? ' {}' : ''}`, ...lines, ''].join('\n')
}

function isEmpty(lines: readonly string[]): boolean {
  return lines.every((line) => line.startsWith('    #'))
}

function lineFor(command: Command, setting: Setting): string {
  const { key, byDefault, secret, kind } = setting
  const place = placeOf(command, setting)
  if (place === 'default') return `# ${key}: ${byDefault ?? '(not set)'}`
  const from = lineOf(place)
  return secret && kind !== 'path'
    ? `# ${key}: (a secret)  # ${from}`
    : `${key}: ${yaml(command.getOptionValue(key), setting)}  # ${from}`
}

/** JSON is YAML, and stays on one line. */
function yaml(value: unknown, { kind }: Setting): string {
  if (kind === 'number') return String(value)
  return JSON.stringify(kind === 'path' ? resolve(String(value)) : value)
}
