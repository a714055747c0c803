import { InvalidOptionError } from './errors.ts'
import { wholeNumber } from './limits.ts'
import type { DecoderRun } from './types.ts'

/** Checks how a decoder is to be run. @throws InvalidOptionError naming the option and its value */
export function checkRun(run: DecoderRun): void {
  const { frames, onOversize = 'error', onFault = 'error', asBodies = false, maxBodyBytes } = run
  if (frames !== undefined) wholeNumber('frames', frames, 0)
  if (maxBodyBytes !== undefined) wholeNumber('maxBodyBytes', maxBodyBytes)
  if (!['error', 'skip', 'truncate', 'body'].includes(onOversize)) {
    throw new InvalidOptionError('onOversize', onOversize, "'error', 'skip', 'truncate' or 'body'")
  }
  if (onFault !== 'error' && onFault !== 'item') throw new InvalidOptionError('onFault', onFault, "'error' or 'item'")
  if (typeof asBodies !== 'boolean') throw new InvalidOptionError('asBodies', asBodies, 'true or false')
}
