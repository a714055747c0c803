/** K1: SIGTERM while much is going on. */
import { createConnection } from 'node:net'
import { certify } from '../../support/certificates.ts'
import { programs } from '../../support/commands.ts'
import { rest } from '../framework/attack.ts'
import { CommandLine } from '../framework/command-line.ts'
import { commandResults, refused, starting } from '../framework/commands.ts'
import { prove } from '../framework/proven-by.ts'
import type { Row } from '../framework/row.ts'

const graceMs = 3000

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.on('connect', () => resolve(false)).on('error', () => resolve(true))
    setTimeout(() => resolve(false), 1000).unref()
    socket.once('connect', () => socket.destroy())
  })
}

export const row: Row<{ replies: number; signals: number }> = {
  id: 'K1',
  title:
    'SIGTERM with replies of 4 MiB in flight, 50 idle, 20 stalled, 20 in their handshake, 10 commands running; at any time, and twice (uploads: with the server that takes them)',
  gate: 'every reply completes; the idle are gone within a second; the port refuses at once; it exits with 0 within the grace and a second',
  shows: ['port refuses after', 'idle ones closed after', 'exit after', 'commands answered'],
  quick: { replies: 24, signals: 4 },
  full: { replies: 200, signals: 100 },
  needs: ['openssl', 'setpriv', 'prlimit'],
  async run(attack, { replies, signals }) {
    await prove(attack, { files: ['servers/serve'], only: ['SIGTERM with replies', 'a second signal'] }, replies / 8)
    await prove(attack, { files: ['servers/serve'], only: ['whenever SIGTERM'] }, signals / 2)

    const { certFile, keyFile } = certify()
    const server = new CommandLine(attack, [
      ...['echo', '--lines', '--quiet', '--listen', 'tcp://127.0.0.1:0', '--listen', 'tls://127.0.0.1:0'],
      ...['--tls-cert', certFile, '--tls-key', keyFile, '--drain-ms', String(graceMs)]
    ])
    const [tcp = '', tls = ''] = await server.endpoints(2)
    const idle = attack.crowd({ to: tcp, count: 50, steps: [{ do: 'hold' }] })
    const stalled = attack.crowd({
      to: tcp,
      count: 20,
      receiveBytes: 4096,
      steps: [{ do: 'offer', bytes: 2 ** 26, fill: 'a line of some length\n' }]
    })
    const shaking = attack.crowd({
      to: tls,
      count: 20,
      steps: [{ do: 'send', text: '\x16\x03\x01\x02\0\x01' }, { do: 'hold' }]
    })
    await Promise.all([idle.event('held'), stalled.event('offered'), shaking.event('held')])
    // Idle is what has said nothing for a while.
    await rest(1000)
    const from = performance.now()
    server.signal('SIGTERM')
    const port = Number(tcp.split(':').at(-1))
    while (!(await isRefused(port)) && performance.now() - from < 5000) await rest(2)
    attack.soonEnough('port refuses after', performance.now() - from, 100, await attack.plainMs())
    await idle.fates()
    attack.soonEnough('idle ones closed after', performance.now() - from, 1000)
    const how = await server.ended(graceMs * 4)
    attack.soonEnough('exit after', performance.now() - from, graceMs + 1000)
    attack.exactly('status', how, '0')
    await Promise.all([stalled.fates(), shaking.fates()])

    const list = { commands: { sleep: { ...programs.sleep, operands: [{ matches: '[0-9.]+' }] } } }
    const busy = await attack.victim('exec', { options: { list } }, refused, { ...starting, endsItself: true })
    const running = commandResults(attack, {
      to: busy.endpoint,
      atATime: 8,
      tasks: Array.from({ length: 8 }, () => ({ lines: ['sleep 1.5'] }))
    })
    await busy.until(({ open }) => open >= 8, 'all commands run')
    await rest(500)
    const took = await busy.ask<number>('stop', 5000)
    const { results } = await running
    const whole = results.filter(({ answers: [first] }) => first?.[0].exit_code === 0)
    attack.exactly('commands answered', whole.length, 8)
    attack.atMost('stopped after', took, 5000 + 1000, 'ms')
  }
}
