/** Secrets are for those who need them: what others can change is refused, what they can read is told. */
import { statSync } from 'node:fs'
import { ConfigurationError } from '../exit-status.ts'

/**
 * A warning where everybody on the machine can read the file. It is no error, since containers hand in secrets like that.
 *
 * @throws ConfigurationError where everybody can write it
 */
export function readableByOthers(place: string, path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined || !stats.isFile()) return undefined
  if ((stats.mode & 0o002) !== 0) {
    throw new ConfigurationError(`${place}: everybody can write ${path}: expected a secret to be ours (chmod o-rwx)`)
  }
  return (stats.mode & 0o004) === 0 ? undefined : `${place}: everybody can read ${path} (chmod o-r)`
}
