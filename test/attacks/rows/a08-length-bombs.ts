/** A8: lengths that announce what nobody will send, that are no numbers, or that are one too many. */
import type { Step } from '../framework/hostile.ts'
import type { Row } from '../framework/row.ts'

/** Big-endian, in latin1. */
const word = (value: number | bigint, bytes: number): string =>
  Array.from({ length: bytes }, (_, index) =>
    String.fromCharCode(Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * (bytes - 1 - index))) & 0xffn))
  ).join('')

const most = 1024 * 1024
const bombs: Record<string, string> = {
  'limit + 1': `4${word(most + 1, 4)}`,
  '2^24': `4${word(2 ** 24, 4)}`,
  '2^31 - 1': `4${word(2 ** 31 - 1, 4)}`,
  '2^31': `4${word(2 ** 31, 4)}`,
  '2^32 - 1': `4${word(2 ** 32 - 1, 4)}`,
  '-1': `4${word(-1, 4)}`,
  '2^63 - 1 in 8 bytes': `8${word(2n ** 63n - 1n, 8)}`,
  '2^64 - 1 in 8 bytes': `8${word(2n ** 64n - 1n, 8)}`,
  ...Object.fromEntries(
    ['+5', '-0', '0x10', '1e9', ' 5', '\u00d9\u00a5', '5_0', '05', '9'.repeat(40), '5 ', ''].map((text) => [
      `text ${JSON.stringify(text)}`.slice(0, 30),
      `n${text}:hello,`
    ])
  )
}

export const row: Row<{ each: number; idle: number }> = {
  id: 'A8',
  title:
    'length bombs: 0, limit, limit + 1, 2^31 - 1, -1, 8-byte lengths, text that is no number; announced and never sent',
  gate: 'refused before anything is allocated, within 20 ms; a length of 0 and of the limit are served',
  shows: ['bombs of all kinds refused', 'refused within, 99 of 100', 'RSS of each that announces 1 MiB and idles'],
  quick: { each: 10, idle: 500 },
  full: { each: 100, idle: 1000 },
  async run(attack, { each, idle }) {
    const hello = { greeting: '4', say: `${word(8, 4)}#`, hear: `${word(8, 4)}#` }
    // What V8 keeps for the young would hide what the server keeps.
    const flags = ['--max-semi-space-size=2']
    const victim = await attack.victim('blocks', {}, hello, { flags })
    const { endpoint: to } = victim
    const variants = Object.values(bombs).map((text): Step[] => [
      { do: 'send', text },
      { do: 'read', bytes: 'end' }
    ])
    const count = each * variants.length
    const fates = await attack.crowd({ to, count, atATime: 1, patienceMs: 60_000, variants }).fates()
    const served = fates.filter(({ how, received }) => how === 'patience' || received > 0)
    const names = served.map(({ number }) => Object.keys(bombs)[number % variants.length])
    attack.exactly('bombs of all kinds refused', count - served.length, count)
    if (served.length > 0) attack.figure('not refused', [...new Set(names)].join(', '))
    const delays = fates.map(({ restedMs }) => restedMs).sort((one, other) => one - other)
    attack.soonEnough(
      'refused within, 99 of 100',
      delays[Math.floor(delays.length * 0.99)] ?? 0,
      20,
      await attack.worst()
    )
    const good: Record<string, [string, number]> = {
      'length 0': [`4${word(0, 4)}`, 4],
      'the limit': [`4${word(most, 4)}${'x'.repeat(most)}`, most + 4]
    }
    for (const [name, [text, bytes]] of Object.entries(good)) {
      const steps: Step[] = [{ do: 'send', text }, { do: 'read', bytes }, { do: 'close' }]
      const [fate] = await attack.crowd({ to, count: 1, steps }).fates()
      attack.exactly(`answered: ${name}`, fate?.received ?? 0, bytes)
    }
    const { rss, heapAndExternal } = await victim.inspect()
    attack.atMost('RSS growth by all bombs', (rss - attack.before(victim).rss) / 1e6, 10, 'MB')
    const announced: Step[] = [{ do: 'send', text: `4${word(most, 4)}` }, { do: 'hold' }]
    const crowd = attack.crowd({ to, count: idle, connectsPerSecond: 500, steps: announced })
    await crowd.event('held')
    await victim.until(({ open }) => open >= idle, 'all have announced')
    const waiting = await victim.inspect()
    attack.atMost('RSS of each that announces 1 MiB and idles', (waiting.rss - rss) / idle / 1024, 32, 'KiB')
    attack.atMost('heap and external of each', (waiting.heapAndExternal - heapAndExternal) / idle / 1024, 16, 'KiB')
    crowd.release()
    await crowd.fates()
  }
}
