/**
 * Several command lines in one process, each as `it-serve serve` runs it: most of what a process costs is its start.
 *
 *   node --import tsx command-lines.ts '[["echo", "--port", "0"], ["zen", "--port", "0"]]'
 */
import { serveCommand } from '../../scripts/serve.ts'
import { servers } from '../../scripts/servers.ts'

process.setMaxListeners(0)
const lines = JSON.parse(process.argv[2] as string) as [name: string, ...words: string[]][]
const running = lines.map(([name, ...words]) => {
  const server = servers.find((one) => one.name === name)
  if (server === undefined) throw new Error(`no server ${name}`)
  return serveCommand(server).parseAsync(words, { from: 'user' })
})
await Promise.all(running)
