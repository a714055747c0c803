/** Run inside a project that has installed the package: imports every door, then serves and asks an echo by the program. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const doors = process.argv.slice(2)
for (const door of doors) {
  const json = door.endsWith('.json')
  if (json) continue
  const module = await import(door.replace('.', 'it-serve'))
  assert.ok(Object.keys(module).length > 0, `${door} exports something`)
  assert.ok(!('default' in module), `${door} has no default export`)
}

const bin = 'node_modules/it-serve/dist/scripts/it-serve.js'
const server = spawn(process.execPath, [bin, 'serve', 'echo', '--port', '0'], { stdio: ['ignore', 'pipe', 'ignore'] })
try {
  const [line] = await once(createInterface(server.stdout), 'line')
  const [, endpoint] = /^echo listening at (\S+)$/.exec(line) ?? []
  assert.ok(endpoint, line)
  const ask = [bin, 'client', 'echo', endpoint, 'hello']
  assert.equal(execFileSync(process.execPath, ask, { encoding: 'utf8', timeout: 30_000 }), 'hello\n')
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
} finally {
  server.kill('SIGKILL')
}
console.log(`${process.versions.node}: ${doors.length} doors, and the program serves`)
