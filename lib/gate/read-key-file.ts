import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { InvalidOptionError } from '../errors.ts'

/** Read and write for all but the owner. */
const others = 0o077
const mostBytes = 4096

/**
 * Reads a secret key. A line end at the end of the file is not part of it.
 *
 * @throws InvalidOptionError where there is no such file, it is empty, too large, or others than its owner may use it
 * @example authGate({ key: readKeyFile('/etc/upper/key') })
 */
export function readKeyFile(path: string, option = 'keyFile'): Uint8Array {
  const wrong = (expected: string): InvalidOptionError => new InvalidOptionError(option, path, expected)
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    throw wrong(`a file that can be read: ${(error as Error).message}`)
  }
  try {
    // Asked of the open file, so that it is the one that is read.
    const { mode, size } = fstatSync(file)
    if ((mode & others) !== 0 && process.platform !== 'win32') {
      const octal = (mode & 0o777).toString(8).padStart(4, '0')
      throw wrong(`a file that its owner alone may use (chmod 600), and its mode is ${octal}`)
    }
    if (size > mostBytes) throw wrong(`a key of at most ${mostBytes} bytes, and it has ${size}`)
    const content = readFileSync(file)
    const key = content.subarray(0, content.length - lineEnd(content))
    if (key.length === 0) throw wrong('a key, and it is empty')
    return new Uint8Array(key)
  } catch (error) {
    throw error instanceof InvalidOptionError ? error : wrong(`a file that can be read: ${(error as Error).message}`)
  } finally {
    closeSync(file)
  }
}

function lineEnd(content: Uint8Array): number {
  if (content.at(-1) !== 0x0a) return 0
  return content.at(-2) === 0x0d ? 2 : 1
}
