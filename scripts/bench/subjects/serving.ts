/**
 * What every server process under measurement does besides serving: it says its port, ends when it is told to or when
 * nobody is left to talk to, and on `rss` collects its garbage and tells its size.
 */
import { createInterface } from 'node:readline'
import { setImmediate } from 'node:timers/promises'

declare const gc: (() => void) | undefined

export function announce(port: number | string): void {
  // Not left to the default: only a process that ends itself writes its CPU profile.
  process.once('SIGTERM', () => process.exit(0))
  const commands = createInterface({ input: process.stdin })
  commands.on('close', () => process.exit(0))
  commands.on('line', (command) => {
    if (command === 'rss') void rss().then((bytes) => console.log(bytes))
  })
  console.log(`listening ${port}`)
}

async function rss(): Promise<number> {
  // Twice: what the first collection finalises is freed by the second.
  for (let turn = 0; turn < 2; turn++) {
    gc?.()
    await setImmediate()
  }
  return process.memoryUsage.rss()
}
