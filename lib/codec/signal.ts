/**
 * What stands in the place of a frame where the number is no length but means something: git's `0000` is a flush, the
 * `$-1` of RESP a null.
 */
export interface Signal<Name extends string = string> {
  readonly signal: Name
}

export function isSignal(frame: unknown): frame is Signal {
  return typeof frame === 'object' && frame !== null && 'signal' in frame
}
