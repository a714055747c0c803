import { InvalidOptionError } from './errors.ts'

/**
 * Refuses options that nobody knows: a misspelt limit is no limit.
 *
 * @throws InvalidOptionError naming the option and the ones that there are
 */
export function knownOptions(of: string, options: object | undefined, known: readonly string[]): void {
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw new InvalidOptionError(`${of} options`, options, 'an object')
  }
  for (const key of Object.keys(options ?? {})) {
    if (!known.includes(key)) throw new InvalidOptionError(`${of} option`, key, `one of ${known.join(', ')}`)
  }
}
