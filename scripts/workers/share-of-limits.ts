/**
 * How limits hold over all workers. Places, sources and accepts are counted in the primary process, exactly. What only a
 * worker can see as it happens (memory, logins) is divided: each has its share, at least one, and together they never have
 * more, unless there are more workers than that.
 */
import { type ServeLimits, serviceLimits } from '../../lib/index.ts'

const divided = ['totalBufferedBytes', 'loginStart', 'loginFull'] as const

/** The limits of one worker of so many. */
export function shareOfLimits(given: Partial<ServeLimits>, workers: number): Partial<ServeLimits> {
  const shares = divided.map((name) => {
    const whole = given[name] ?? serviceLimits[name].default
    return [name, Math.max(1, Math.floor(whole / workers))]
  })
  return { ...given, ...Object.fromEntries(shares) }
}
