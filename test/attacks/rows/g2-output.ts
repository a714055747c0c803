/** G-2: commands that say more than anybody wants: kept output is cut, streamed output waits for its reader. */
import { programs } from '../../support/commands.ts'
import { rest } from '../framework/attack.ts'
import { commandResults, refused, refusedStreaming, starting } from '../framework/commands.ts'
import type { Row } from '../framework/row.ts'
import type { Victim } from '../framework/victim.ts'

const MiB = 1024 * 1024

/** Any number of zero bytes. */
const zeros = {
  program: '/usr/bin/head',
  fixed: ['-c'],
  separator: false,
  operands: [{ matches: '[0-9]+' }, { oneOf: ['/dev/zero'] }]
}

export const row: Row<{ floods: number; streamBytes: number }> = {
  id: 'G-2',
  title: 'endless output: `yes`, zeros, 0xFF; and a stream that is read, or not',
  gate: 'cut at 1 MiB, group dead within 1 s, memory flat; a stream of 10 GiB in flat memory',
  shows: ['cut at 1 MiB, to the byte', 'group dead, latest', 'RSS growth'],
  quick: { floods: 12, streamBytes: 128 * MiB },
  full: { floods: 200, streamBytes: 10 * 1024 * MiB },
  needs: ['python3', 'setpriv', 'prlimit'],
  patienceMs: 900_000,
  async run(attack, { floods, streamBytes }) {
    const yes = { ...programs.yes, operands: [{ matches: '.*' }] }
    const bounds = { deadlineMs: 600_000, cpuSeconds: 600 }
    const list = { commands: { yes, zeros }, limits: bounds }
    const keeping = await attack.victim('exec', { options: { list } }, refused, starting)
    const warm = { to: keeping.endpoint, tasks: Array.from({ length: 8 }, () => ({ lines: ['yes warm'] })) }
    // Malloc takes its share while the first few of these buffers come and go; what grows goes on growing.
    for (let time = 0; time < 3; time++) await commandResults(attack, warm)
    const before = await keeping.inspect()
    const odd = ['zeros 10000000 /dev/zero', 'yes \xc3\xbf\xc3\xbe', 'yes y']
    const tasks = Array.from({ length: floods }, (_, at) =>
      at % 4 === 3 ? { lines: [odd[(at >> 2) % 3] as string] } : { lines: [`yes m.${at}.`], marker: `m.${at}.` }
    )
    const { results } = await commandResults(attack, { to: keeping.endpoint, tasks, atATime: 4 })
    const cut = results.filter(
      ({ answers: [first] }) => first?.[0].outcome === 'output_limit' && first[0].stdout_size === MiB
    )
    attack.exactly('cut at 1 MiB, to the byte', cut.length, floods)
    attack.soonEnough(
      'group dead, latest',
      Math.max(...results.map(({ goneMs = 0 }) => goneMs)),
      1000,
      await attack.worst()
    )
    attack.exactly(
      'processes left',
      results.reduce((sum, { left }) => sum + left, 0),
      0
    )
    const after = await keeping.inspect()
    // Answers of 1 MiB come and go, and malloc keeps what it likes of them: four at a time, twice over, and as much again.
    attack.atMost('RSS growth', (after.rss - before.rss) / 1e6, 32, 'MB')

    const streaming = await attack.victim(
      'exec',
      { options: { list, reply: 'stream' }, limits: { writeStallMs: 3000 } },
      refusedStreaming,
      starting
    )
    await commandResults(attack, {
      to: streaming.endpoint,
      tasks: [{ lines: [`zeros ${64 * MiB} /dev/zero`], stream: true }]
    })
    const calm = await streaming.inspect()
    await streaming.ask('watchMemory')
    const task = { lines: [`zeros ${streamBytes} /dev/zero`], stream: true } as const
    const read = await commandResults(attack, { to: streaming.endpoint, tasks: [task] }, 900_000)
    attack.exactly('bytes streamed', Number(read.results[0]?.answers[0]?.[1]), streamBytes)
    attack.figure('streamed', streamBytes / 1e6 / ((read.results[0]?.ms ?? 1) / 1000), 'MB/s')
    const { peaks } = await streaming.inspect()
    attack.atMost('RSS growth while it streams', (peaks.rss - calm.rss) / 1e6, 64, 'MB')
    attack.atMost('kept for the reader', peaks.kept / MiB, 1, 'MiB')

    const steps = [{ do: 'send', text: 'yes unread\n' }, { do: 'hold' }] as const
    const stuck = attack.crowd({ to: streaming.endpoint, count: 1, receiveBytes: 4096, steps })
    const fates = await stuck.fates()
    attack.exactly('one that reads nothing is cut', fates[0]?.how ?? '', 'reset')
    const held = await streaming.inspect()
    attack.atMost('kept for one that reads nothing', held.peaks.keptByOne / MiB, 1, 'MiB')
    const unread = await auditOf(streaming, 'yes unread')
    attack.exactly('its command', unread?.outcome ?? 'none', 'abandoned')
    attack.atMost('what its command could say', (unread?.bytes ?? 0) / MiB, 8, 'MiB')
  }
}

/** The line of the audit for a command, once it is there. */
async function auditOf(victim: Victim, wanted: string): Promise<{ outcome: string; bytes: number } | undefined> {
  for (let tries = 0; tries < 100; tries++) {
    const audit = await victim.ask<{ outcome: string; bytes: number; command: string }[]>('audit')
    const found = audit.find(({ command }) => command === wanted)
    if (found !== undefined) return found
    await rest(50)
  }
  return undefined
}
