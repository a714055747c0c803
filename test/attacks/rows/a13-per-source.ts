/**
 * A13: one source takes all it can get, the others want their share. That the table holds only who is here, and what is one
 * source in IPv6, is proven without sockets in test/serve/admission.test.ts.
 */
import type { Row } from '../framework/row.ts'

const share = 20
const others = Array.from({ length: 48 }, (_, index) => `127.0.0.${index + 3}`)

export const row: Row<{ flood: number }> = {
  id: 'A13',
  title: 'a flood from one source (20 places each), while 48 others take theirs',
  gate: 'the flooder has 20 places, the others are never refused',
  quick: { flood: 1500 },
  full: { flood: 5000 },
  async run(attack, { flood }) {
    const victim = await attack.victim('echo', { limits: { maxPerSource: share } })
    const { endpoint: to } = victim
    const steps = [{ do: 'hold' }] as const
    const flooder = attack.crowd({ to, count: flood, from: ['127.0.0.2'], connectsPerSecond: 750, steps })
    const crowd = attack.crowd({ to, count: others.length * share, from: others, connectsPerSecond: 480, steps })
    await Promise.all([flooder.event('connected'), crowd.event('connected')])
    await victim.until(({ refused, open }) => refused >= flood - share && open >= share * 49, 'all were judged')
    const { refusals } = await victim.stats()
    flooder.release()
    crowd.release()
    const [floods, peers] = await Promise.all([flooder.fates(), crowd.fates()])
    attack.exactly('places of the flooder', floods.filter(({ how }) => how === 'released').length, share)
    attack.exactly('places of the others', peers.filter(({ how }) => how === 'released').length, others.length * share)
    attack.exactly('refused source_limit', refusals.source_limit, flood - share)
  }
}
