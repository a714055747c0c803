/**
 * Python and `socat` ask the time; what they are told is compared with Python's own `time` and with `date`.
 *
 * Every format asks for `%s` too, so that the judges print the very second that the server told.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askDatagram } from '../../lib/index.ts'
import { time } from '../../servers/time.ts'
import { Child } from '../support/child.ts'
import { skipUnless } from '../support/program.ts'
import { pythonDatagrams, pythonTimes } from '../support/python.ts'
import { hostAndPort } from '../support/raw.ts'
import { start } from '../support/service.ts'

const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kolkata', 'Pacific/Auckland']
const listen = 'udp://127.0.0.1:0'

/** Formats that both judges know; the C locale, so that names are English ones. */
const formats = [
  '%Y-%m-%d %H:%M:%S',
  '%a %A %b %B %d %e %j %u %w',
  '%c | %x | %X | %D | %F | %T | %R | %r',
  '%C %y %G %g %V %U %W',
  '%I %l %k %p %P %M %S %n%t%%',
  '%z %Z',
  '100 %% of %Y, ~!"§$&/()=?'
]

test('formats, in many zones, as Python and date print them', { skip: skipUnless('python3', 'date') }, async (t) => {
  const client = pythonDatagrams(t)
  const python = pythonTimes(t)
  // Longer than what was asked, some of them.
  const datagrams = { replyBytes: 512 }
  for (const timezone of zones) {
    const { endpoint } = await start(t, time, { listen, options: { timezone }, datagrams })
    for (const format of formats) {
      const say = Buffer.from(`%s ${format}`).toString('latin1')
      const { got } = await client.ask({ to: endpoint, say, wait: 5 })
      assert.ok(typeof got === 'string', `no answer to ${format}`)
      const [, epoch, told] = /^(\d+) ([\s\S]*)$/.exec(Buffer.from(got, 'latin1').toString()) as unknown as string[]
      assert.ok(Math.abs(Number(epoch) - Date.now() / 1000) < 60, epoch)
      assert.equal(told, await python.ask({ zone: timezone, epoch: Number(epoch), format }), `${format} in ${timezone}`)
      const date = await new Child('date', ['-d', `@${epoch}`, `+${format}`], {
        env: { TZ: timezone, LC_ALL: 'C.UTF-8' }
      }).ended()
      assert.equal(`${told}\n`, String(date.stdout), `${format} in ${timezone}, as date prints it`)
    }
  }
})

test('a datagram without %, also an empty one, is answered as Python’s ctime', {
  skip: skipUnless('python3')
}, async (t) => {
  const client = pythonDatagrams(t)
  const python = pythonTimes(t)
  for (const timezone of zones) {
    const { endpoint } = await start(t, time, { listen, options: { timezone } })
    for (const say of ['', 'what time is it?', '\xff\xfe\0']) {
      const from = Math.floor(Date.now() / 1000)
      const { got } = await client.ask({ to: endpoint, say, wait: 5 })
      const to = Math.floor(Date.now() / 1000)
      const right: string[] = []
      for (let epoch = from; epoch <= to; epoch++) right.push(await python.ask({ zone: timezone, epoch, format: null }))
      assert.ok(right.includes(got ?? ''), `${got} is none of ${right}`)
    }
  }
})

test('the zone is the process’s own unless told otherwise', { skip: skipUnless('date') }, async (t) => {
  const { endpoint } = await start(t, time, { listen })
  const answer = String(await askDatagram(endpoint, Buffer.from('%s %F %T %z')))
  const [epoch = '', ...rest] = answer.split(' ')
  const { stdout } = await new Child('date', ['-d', `@${epoch}`, '+%F %T %z']).ended()
  assert.equal(`${rest.join(' ')}\n`, String(stdout))
})

test('--default-format answers what has no format of its own', async (t) => {
  const { endpoint } = await start(t, time, { listen, options: { defaultFormat: '<%Y>' } })
  const year = String(new Date().getFullYear())
  assert.equal(String(await askDatagram(endpoint, Buffer.from(''))), `<${year}>`)
  assert.equal(String(await askDatagram(endpoint, Buffer.from('%Y'))), year)
})

test('socat asks the time', { skip: skipUnless('socat') }, async (t) => {
  const { endpoint } = await start(t, time, { listen })
  const { host, port } = hostAndPort(endpoint)
  const child = new Child('socat', ['-T', '1', '-', `UDP4:${host}:${port}`]).write('%Y-%m', 'end')
  const { stdout } = await child.ended()
  const now = new Date()
  assert.equal(String(stdout), `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, '0')}`)
})

test('what cannot be printed is met with silence, and the next one is answered', {
  skip: skipUnless('python3')
}, async (t) => {
  const { endpoint } = await start(t, time, { listen })
  const client = pythonDatagrams(t)
  const silent = ['%'.repeat(2_000), '%999999999Y', '%Y'.repeat(600), `%Y${'x'.repeat(65_505)}`]
  for (const say of silent) {
    // The loopback keeps the order of one socket's datagrams, and the server that of its answers.
    const { got } = await client.ask({ to: endpoint, say, behind: '%%', wait: 5 })
    assert.equal(got, '%', `an answer to ${say.slice(0, 20)}`)
  }
  // The largest datagram there is, without a format, is a question as any other.
  assert.match(String((await client.ask({ to: endpoint, say: 'x'.repeat(65_507), wait: 5 })).got), /^\w{3} \w{3} /)
  assert.ok(
    String((await client.ask({ to: endpoint, say: '\xff%Y\xfe', wait: 5 })).got).includes(
      String(new Date().getFullYear())
    )
  )
})
