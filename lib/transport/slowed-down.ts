/** How often failures to accept are told, and the rest of the process works, while the kernel has no room for one more. */
const pauseMs = 5
const tellMs = 1_000
const nobody = new Int32Array(new SharedArrayBuffer(4))

/**
 * Takes the errors of a listening socket. Node reports that it cannot accept (ENOBUFS, ENOMEM, ...), and tries again at
 * once, for ever, at the full speed of a core: who waits to be accepted still waits. So each failure costs a pause of 5 ms.
 * Who waits loses nothing by it, and open connections little: between two pauses each of them has its turn.
 *
 * @param tell hears of the first failure, and then of one a second
 */
export function slowedDown(tell: (error: Error) => void): (error: NodeJS.ErrnoException) => void {
  let told = Number.NEGATIVE_INFINITY
  return (error) => {
    if (error.syscall === 'accept') Atomics.wait(nobody, 0, 0, pauseMs)
    const now = performance.now()
    if (now - told < tellMs) return
    told = now
    tell(error)
  }
}
