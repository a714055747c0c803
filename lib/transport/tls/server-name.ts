/**
 * Names of servers as TLS has them: lower case, no final dot, nothing that another program would read as two names.
 */
import { InvalidOptionError } from '../../errors.ts'

/** @throws InvalidOptionError for what is no host name, or, as a pattern, `*.` before one */
export function canonicalName(option: string, name: string, kind: 'name' | 'pattern'): string {
  const canonical = name.toLowerCase().replace(/\.$/, '')
  const host = kind === 'pattern' ? canonical.replace(/^\*\./, '') : canonical
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(host) || host.length > 253) {
    throw new InvalidOptionError(option, name, 'a host name of at most 253 letters')
  }
  return canonical
}
