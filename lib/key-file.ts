/** A secret in a file that only its owner may read. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { InvalidOptionError } from './errors.ts'
import type { Option } from './options.ts'

/** More is no key but a wrong file. */
const maxKeyBytes = 4096

/**
 * An option that names a key file. A line end at its end is not part of the key.
 *
 * Reading it throws `InvalidOptionError` for a file that others may read, that is empty, or that is no key.
 *
 * @example authkeyFile: keyFile('the key of both sides')
 */
export function keyFile(summary: string): Option<Uint8Array | undefined> {
  return {
    summary,
    default: undefined,
    value: 'FILE',
    parse(path, option) {
      try {
        return readKey(path)
      } catch (error) {
        throw new InvalidOptionError(option, path, `a key file: ${(error as Error).message}`)
      }
    }
  }
}

function readKey(path: string): Uint8Array {
  const file = openSync(path, 'r')
  try {
    // What is asked and what is read are the same file, whatever the name is given to meanwhile.
    const { mode } = fstatSync(file)
    if ((mode & 0o077) !== 0) throw new Error(`others may read it (chmod 600 ${path})`)
    const bytes = Buffer.alloc(maxKeyBytes + 1)
    const length = readSync(file, bytes)
    if (length > maxKeyBytes) throw new Error(`it has more than ${maxKeyBytes} bytes`)
    const end = bytes[length - 1] !== 0x0a ? length : bytes[length - 2] === 0x0d ? length - 2 : length - 1
    if (end <= 0) throw new Error('it is empty')
    return Uint8Array.from(bytes.subarray(0, end))
  } finally {
    closeSync(file)
  }
}
