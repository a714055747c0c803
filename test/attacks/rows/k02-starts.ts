/** K2: listening and closing again and again; starts that fail. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outputOf } from '../framework/output-of.ts'
import { prove } from '../framework/proven-by.ts'
import { Remote } from '../framework/remote.ts'
import type { Row } from '../framework/row.ts'

export interface CycleReport {
  readonly cycles: number
  readonly files: number
  readonly resources: readonly string[]
  readonly heapBytes: number
  readonly escaped: readonly string[]
}

export const row: Row<{ cycles: number }> = {
  id: 'K2',
  title:
    'a service started and stopped again and again with a client in it; suspend and resume; ports taken, hosts elsewhere, bad certificates, bad options',
  gate: 'no descriptor, timer or memory stays; each start that fails is one line that says why, a status, and nothing half-started',
  shows: ['cycles', 'descriptors left', 'starts that failed as they should'],
  quick: { cycles: 300 },
  full: { cycles: 10_000 },
  async run(attack, { cycles }) {
    const process_ = new Remote('the cycles', new URL('../cycles-process.ts', import.meta.url), {}, ['--expose-gc'])
    attack.after(() => process_.kill())
    const report = await process_.ask<CycleReport>('cycles', cycles, 600_000)
    attack.exactly('cycles', report.cycles, cycles)
    attack.atMost('descriptors left', Math.max(0, report.files), 0)
    attack.exactly('sockets and timers left', report.resources.join(', '), '')
    attack.atMost('heap growth', report.heapBytes / 1e6, 5, 'MB')
    attack.exactly('escaped errors', report.escaped.length, 0)
    await prove(attack, { files: ['serve/suspend'] }, 1)

    const folder = mkdtempSync(join(tmpdir(), 'its-'))
    attack.after(() => rmSync(folder, { recursive: true, force: true }))
    const bad = join(folder, 'bad.pem')
    writeFileSync(bad, 'no certificate', { mode: 0o600 })
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    attack.after(() => void taken.close())
    const { port } = taken.address() as { port: number }
    const starts: Record<string, [words: string[], says: RegExp]> = {
      'a port that is taken, beside a free one': [
        ['--listen', 'tcp://127.0.0.1:0', '--listen', `tcp://127.0.0.1:${port}`],
        /EADDRINUSE|in use/
      ],
      'a host that is elsewhere': [['--listen', 'tcp://192.0.2.1:7'], /EADDRNOTAVAIL|192\.0\.2\.1/],
      'a folder that is not there': [['--listen', `unix:${folder}/no/where`], /ENOENT|no such/],
      'a bad certificate': [['--listen', 'tls://127.0.0.1:0', '--tls-cert', bad, '--tls-key', bad], /tls-cert/],
      'an option that nobody knows': [['--max-conections', '5'], /max-con/],
      'an endpoint that is none': [['--listen', 'tcp:/127.0.0.1'], /endpoint/]
    }
    let right = 0
    for (const [what, [words, says]] of Object.entries(starts)) {
      const command = [process.execPath, '--import', 'tsx', 'scripts/it-serve.ts', 'serve', 'echo', ...words] as const
      const { status, stderr, stdout } = await outputOf(attack, command, { ms: 20_000 })
      const lines = stderr.trim().split('\n')
      const fits = typeof status === 'number' && status > 0 && lines.length === 1 && says.test(stderr)
      if (fits) right++
      else attack.figure(what, `${status}: ${stderr.slice(0, 200)} ${stdout.slice(0, 100)}`)
    }
    attack.exactly('starts that failed as they should', right, Object.keys(starts).length)
  }
}
