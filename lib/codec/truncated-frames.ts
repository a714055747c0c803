/**
 * Which frames were cut at their limit (`onOversize: 'truncate'`): text made of one may end in half a character, which is
 * no fault of the peer.
 */
const truncated = new WeakSet<Uint8Array>()

export function markTruncated(frame: Uint8Array): Uint8Array {
  truncated.add(frame)
  return frame
}

export function isTruncated(frame: Uint8Array): boolean {
  return truncated.has(frame)
}
