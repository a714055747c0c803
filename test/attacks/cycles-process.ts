/** Services that come and go, in a process of their own: what is left of them. */
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createConnection } from 'node:net'
import { parseEndpoint, serve } from '../../lib/index.ts'
import { echo } from '../../servers/echo.ts'
import { answerParent } from './framework/remote.ts'
import type { CycleReport } from './rows/k02-starts.ts'

const escaped: string[] = []
for (const name of ['uncaughtException', 'unhandledRejection', 'warning']) {
  process.on(name, (error: unknown) => void escaped.push(String(error)))
}

async function cycle(index: number): Promise<void> {
  const service = await serve(echo, { listen: ['tcp://127.0.0.1:0', 'udp://127.0.0.1:0'] })
  const at = parseEndpoint(service.endpoints[0] ?? '')
  if (at.kind !== 'tcp') throw new Error('no TCP')
  // Some stop with a client in them, some with none.
  if (index % 2 === 0) {
    const socket = createConnection({ host: at.host, port: at.port }).on('error', () => {})
    socket.write('x')
    await once(socket, 'data')
    const closed = once(socket, 'close')
    socket.resume().end()
    if (index % 4 === 0) await closed
  }
  await service.stop({ graceMs: 50 })
}

const files = (): number => readdirSync('/proc/self/fd').length
const resources = (): string[] => process.getActiveResourcesInfo().filter((one) => /TCP|UDP|Timeout/.test(one))

async function heap(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 50))
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

answerParent({
  async cycles(count: number): Promise<CycleReport> {
    for (let index = 0; index < 20; index++) await cycle(index)
    const before = { files: files(), heap: await heap() }
    for (let index = 0; index < count; index++) await cycle(index)
    const heapBytes = (await heap()) - before.heap
    return { cycles: count, files: files() - before.files, resources: resources(), heapBytes, escaped }
  }
})
process.once('disconnect', () => process.exit())
