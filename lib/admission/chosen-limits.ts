import { checkLimits, type ServeLimits, serviceLimits } from '../limits.ts'

/**
 * All limits of a service. A number of connections that was not chosen is at most what the files of this process allow.
 *
 * @param own where the server differs from the defaults
 * @throws InvalidOptionError for one that cannot be right
 */
export function chosenLimits(
  given: Partial<ServeLimits>,
  openFiles: number | undefined,
  own: Partial<ServeLimits> = {}
): ServeLimits {
  const byDefault = Object.fromEntries(
    Object.entries(serviceLimits).map(([name, limit]) => [name, limit.default])
  ) as ServeLimits
  const checked = { ...byDefault, ...own, ...checkLimits(given) }
  if (given.maxConnections !== undefined || openFiles === undefined) return checked
  return { ...checked, maxConnections: Math.max(1, Math.min(checked.maxConnections, openFiles - checked.fileReserve)) }
}
