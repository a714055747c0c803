import { InvalidOptionError, ProtocolError } from './errors.ts'

/**
 * What becomes of bytes that are already there where the framing changes: `keep` gives them to what comes next, `reject`
 * refuses them, because the peer had to wait for an answer first.
 */
export type Unread = 'keep' | 'reject'

/**
 * @param where behind what the bytes are
 * @throws ProtocolError when there are some and they are to be rejected
 */
export function judgeUnread(unread: Unread, bytes: number, where: string): void {
  if (unread !== 'keep' && unread !== 'reject') throw new InvalidOptionError('unread', unread, "'keep' or 'reject'")
  if (unread === 'keep' || bytes === 0) return
  throw new ProtocolError(`the peer sent ${bytes} ${bytes === 1 ? 'byte' : 'bytes'} behind ${where}`)
}
