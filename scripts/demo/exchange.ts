/**
 * One exchange over real sockets on loopback: some sends, and the chunks in which the system hands them to a reader.
 *
 * The reader looks only when everything was sent, as one that was busy for a moment. What then comes out of the system does
 * not depend on the speed of the machine: a read takes all that is there, or as much as its buffer holds.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, Socket, type SocketConstructorOpts } from 'node:net'

/** What `recv(n)` takes at most, where the case does not say less. */
const readBytes = 64 * 1024

/**
 * @param read the most that one read takes, in bytes
 * @param answer what the reader says at the end, when the sender has ended its half; the sender waits for it
 */
export async function overTcp(sends: readonly Uint8Array[], read = readBytes, answer?: string): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection') as Promise<[Socket]>
  const reader = new Socket({
    allowHalfOpen: true,
    onread: {
      buffer: new Uint8Array(read),
      callback: (size: number, buffer: Uint8Array) => chunks.push(buffer.slice(0, size)) > 0
    }
  } as SocketConstructorOpts).pause()
  reader.connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [[sender]] = await Promise.all([accepted, once(reader, 'connect')])
  try {
    for (const bytes of sends) await new Promise<void>((resolve) => sender.write(bytes, () => resolve()))
    sender.end()
    const end = once(reader, 'end')
    reader.resume()
    await end
    let heard = ''
    sender.on('data', (bytes) => {
      heard += String(bytes)
    })
    const over = once(sender, 'end')
    if (answer === undefined) reader.end()
    else reader.end(answer)
    await over
    if (answer !== undefined && heard !== answer) throw new Error('the answer did not arrive')
  } finally {
    sender.destroy()
    reader.destroy()
    server.close()
  }
  return chunks
}

/** A datagram is never glued to another and never cut in two; it comes whole or not at all. */
export async function overUdp(sends: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const reader = createSocket('udp4')
  const sender = createSocket('udp4')
  try {
    reader.bind(0, '127.0.0.1')
    await once(reader, 'listening')
    const chunks: Uint8Array[] = []
    const all = new Promise<void>((resolve) => {
      reader.on('message', (bytes: Uint8Array) => {
        if (chunks.push(bytes) === sends.length) resolve()
      })
    })
    const { port } = reader.address()
    for (const bytes of sends) await new Promise((resolve) => sender.send(bytes, port, '127.0.0.1', resolve))
    await all
    return chunks
  } finally {
    reader.close()
    sender.close()
  }
}
