/**
 * The UDP ports at which this process answers. A datagram from such a port comes from one of our own servers, or says so;
 * an answer to it would be answered, for ever.
 */
const open = new Map<number, number>()

export const ownPorts = {
  has: (port: number): boolean => open.has(port),
  add(port: number): void {
    open.set(port, (open.get(port) ?? 0) + 1)
  },
  delete(port: number): void {
    const left = (open.get(port) ?? 0) - 1
    if (left > 0) open.set(port, left)
    else open.delete(port)
  }
}
