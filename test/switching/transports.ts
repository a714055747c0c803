/** Two connected ends, in memory and over TCP: what holds on one must hold on the other. */
import { type Connection, connect, listen, memoryPair } from '../../lib/index.ts'
import '../support/leaks.ts'

export interface Ends extends AsyncDisposable {
  readonly client: Connection
  readonly server: Connection
}

async function inMemory(): Promise<Ends> {
  const [client, server] = memoryPair()
  return { client, server, [Symbol.asyncDispose]: () => closeBoth(client, server) }
}

async function overTcp(): Promise<Ends> {
  const listener = await listen('tcp://127.0.0.1:0')
  const accepted = listener[Symbol.asyncIterator]().next()
  const client = await connect(listener.endpoint)
  const server: Connection = (await accepted).value
  return {
    client,
    server,
    async [Symbol.asyncDispose]() {
      await Promise.all([closeBoth(client, server), listener.close()])
    }
  }
}

async function closeBoth(client: Connection, server: Connection): Promise<void> {
  await Promise.all([client.close(), server.close()])
}

export const transports: readonly [name: string, open: () => Promise<Ends>][] = [
  ['memory', inMemory],
  ['TCP', overTcp]
]
