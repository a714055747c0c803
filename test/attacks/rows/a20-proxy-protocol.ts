/** A20: headers of the PROXY protocol on a real line, whole and byte by byte; HAProxy itself is asked in test/proxy-protocol. */
import { readFileSync } from 'node:fs'
import type { Row } from '../framework/row.ts'

interface Vector {
  readonly name: string
  readonly text?: string
  readonly hex?: string
  readonly source?: { readonly host?: string; readonly port?: number; readonly path?: string }
  readonly error?: string
  readonly partial?: boolean
}

type Answers = { readonly answers: readonly [got: string, how: string, ms: number][] }

const file = new URL('../../proxy-protocol/vectors.json', import.meta.url)
const headerMs = 1500

export const row: Row<{ pieces: readonly number[] }> = {
  id: 'A20',
  title:
    'PROXY protocol v1 and v2: valid, byte by byte, wrong, LOCAL, UNKNOWN, absent, not whole, from a peer that is not trusted',
  gate: 'every vector as the specification says; the header is due in time; a peer that is not listed is refused',
  quick: { pieces: [4096, 1] },
  full: { pieces: [4096, 1, 2, 3, 5, 7, 13, 107] },
  async run(attack, { pieces }) {
    const proxyProtocol = { trusted: ['127.0.0.1', '127.0.0.99'], headerMs }
    const greeting = 'PROXY TCP4 127.0.0.99 127.0.0.1 1 2\r\n'
    const victim = await attack.victim('remote', { proxyProtocol }, { greeting }, { otherBytes: true })
    const { endpoint: to } = victim
    const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[]
    const tasksOf = (some: readonly Vector[], piece: number): object[] =>
      some.map(({ text = '', hex }) => ({
        text: Buffer.from(hex ?? Buffer.from(text).toString('hex'), 'hex').toString('latin1'),
        piece
      }))

    const whole = vectors.filter(({ partial }) => partial !== true)
    let wrong = 0
    for (const piece of pieces) {
      const { answers } = await attack.python('headers.py', { to, tasks: tasksOf(whole, piece) }).event<Answers>('done')
      whole.forEach(({ name, error, source }, index) => {
        const [got = '', how = ''] = answers[index] ?? []
        const wanted = source === undefined ? /^127\.0\.0\.1 \d+$/ : `${source.path ?? `${source.host} ${source.port}`}`
        const right =
          error === undefined
            ? typeof wanted === 'string'
              ? got === wanted
              : wanted.test(got)
            : got === '' && how !== 'silence'
        if (right) return
        wrong++
        if (wrong <= 3) attack.figure(`not as specified: ${name}`, `${got} ${how}`)
      })
    }
    attack.figure('vectors', whole.length * pieces.length)
    attack.exactly('vectors that are not as specified', wrong, 0)
    const bad = whole.filter(({ error }) => error !== undefined).length * pieces.length
    attack.exactly('refused proxy_malformed', (await victim.stats()).refusals.proxy_malformed, bad)

    const late = await attack
      .crowd({ to, count: 20, steps: [{ do: 'send', text: 'PROXY TCP4' }, { do: 'hold' }] })
      .fates()
    await attack.onTime(
      'header not whole, closed',
      late.map(({ livedMs }) => livedMs),
      headerMs
    )
    const stranger = { to, from: '127.0.0.5', tasks: tasksOf(whole.slice(0, 4), 4096) }
    const { answers } = await attack.python('headers.py', stranger).event<Answers>('done')
    attack.exactly('answers to a peer that is not listed', answers.filter(([got]) => got !== '').length, 0)
    const { refusals } = await victim.stats()
    attack.exactly('refused proxy_untrusted', refusals.proxy_untrusted, 4)
    attack.exactly('refused proxy_timeout', refusals.proxy_timeout, 20)
  }
}
