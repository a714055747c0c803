/**
 * An echo for admission.test.ts, in a process of its own with few file descriptors: opens files at every event, and tells
 * how that went. With a certificate and its key as arguments it speaks TLS.
 */
import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { pipe, serve } from '../../lib/index.ts'

const [cert, key] = process.argv.slice(2)
const secure = cert !== undefined && key !== undefined
const told = { opened: 0, failed: 0 }
const bare = (): void => {
  try {
    const files = Array.from({ length: 20 }, () => openSync('/dev/null', 'r'))
    for (const file of files) closeSync(file)
    told.opened++
  } catch {
    told.failed++
  }
}
let emptied: (() => void) | undefined
const service = await serve(
  { name: 'few', endpoints: ['tcp://127.0.0.1:0'], open: () => (peer) => pipe(peer, peer) },
  {
    listen: `${secure ? 'tls' : 'tcp'}://127.0.0.1:0`,
    tls: secure ? { cert: { file: cert }, key: { file: key } } : undefined,
    onEvent(event) {
      bare()
      if (event.type === 'close' && service.stats.open === 0) emptied?.()
    }
  }
)
console.log(`few listening at ${service.endpoints[0]}`)
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'tell') {
    const { user, system } = process.cpuUsage()
    console.log(JSON.stringify({ ...told, refusals: service.stats.refusals, cpuMs: (user + system) / 1000 }))
  }
  if (line !== 'emptied') continue
  if (service.stats.open > 0) {
    await new Promise<void>((resolve) => {
      emptied = resolve
    })
  }
  console.log('empty')
}
await service.stop()
