/**
 * Certificates and keys as they are given: PEM text, its bytes, or a file that is read again when it changes.
 *
 * What is wrong is told by the name of the option and by the file, never by content: it may be a private key.
 */
import { readFile } from 'node:fs/promises'
import { InvalidOptionError } from '../../errors.ts'
import type { Pem } from '../../tls-options.ts'

/** @throws InvalidOptionError naming `option`, for what is no PEM or a file that cannot be read */
export async function readPem(option: string, pem: Pem): Promise<string> {
  if (typeof pem === 'object' && 'file' in pem) {
    const text = await readFile(pem.file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? 'there is no such file' : error.message
      throw new InvalidOptionError(option, pem.file, `a file that can be read: ${why}`)
    })
    return checked(option, pem, text)
  }
  return checked(option, pem, typeof pem === 'string' ? pem : Buffer.from(pem).toString('latin1'))
}

/** How messages speak of it. */
export function nameOf(pem: Pem): string {
  return typeof pem === 'object' && 'file' in pem ? pem.file : '(PEM text)'
}

function checked(option: string, pem: Pem, text: string): string {
  if (text.includes('-----BEGIN ')) return text.endsWith('\n') ? text : `${text}\n`
  throw new InvalidOptionError(option, nameOf(pem), "PEM (-----BEGIN ...), or { file: 'path' }")
}
