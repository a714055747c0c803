/**
 * A6: each deadline once for real. That they are accurate, that what must not save a peer does not, and what must not count
 * against it does not, is proven on a fake clock without a sleep in test/serve/deadlines.test.ts.
 */
import type { CloseReason } from '../../../lib/index.ts'
import { certify } from '../../support/certificates.ts'
import type { Fate, Step } from '../framework/hostile.ts'
import type { Row } from '../framework/row.ts'

const limits = {
  idleMs: 800,
  frameMs: 1100,
  writeStallMs: 1000,
  slowReaderMs: 1500,
  lingerMs: 700
}

/** What a client does to come to each deadline, which it is, and when it is due. */
const ways: Record<string, [Step[], number]> = {
  idle_timeout: [[{ do: 'read', bytes: 'end' }], limits.idleMs],
  frame_timeout: [[{ do: 'drip', text: 'x', everyMs: 150 }], limits.frameMs],
  write_stalled: [[{ do: 'offer', bytes: 2 ** 26, fill: 'a line of some length\n' }], limits.writeStallMs]
}

export const row: Row<{ each: number }> = {
  id: 'A6',
  title: 'every deadline once for real: idle, frame, session, write stall, login, linger, TLS handshake, drain',
  gate: 'each is kept within 10 % or 50 ms',
  shows: ['idle_timeout, latest', 'frame_timeout, latest', 'handshake_timeout, latest'],
  quick: { each: 20 },
  full: { each: 100 },
  async run(attack, { each }) {
    const victim = await attack.victim('lines', { limits }, { everyMs: 50 })
    for (const [reason, [steps, ms]] of Object.entries(ways)) {
      const plan = { count: each, receiveBytes: 4096, sendBytes: 65536, segmentBytes: 1400 }
      const fates = await attack.crowd({ to: victim.endpoint, steps, ...plan }).fates()
      const { closed } = await victim.until(({ closed }) => closed[reason as CloseReason] >= each, 'all are booked')
      attack.exactly(`closed ${reason}`, closed[reason as CloseReason], each)
      // The last byte before a stall is not the first of the connection.
      const took = fates.map(({ livedMs, restedMs }) => (reason === 'write_stalled' ? restedMs : livedMs))
      await attack.onTime(reason, took, ms, reason === 'write_stalled' ? 0 : undefined)
    }

    const gated = await attack.victim(
      'login',
      { limits: { loginMs: 900, lingerMs: 500, loginStart: each * 2, loginFull: each * 4 } },
      {}
    )
    const login = await attack
      .crowd({ to: gated.endpoint, count: each, steps: [{ do: 'drip', text: 'x', everyMs: 100 }] })
      .fates()
    const atLogin = await gated.until(({ closed }) => closed.login_timeout >= each, 'all are booked')
    attack.exactly('closed login_timeout', atLogin.closed.login_timeout, each)
    await attack.onTime('login_timeout', lives(login), 900)

    const { cert, key } = certify()
    const shaking = await attack.victim(
      'echo',
      { listen: 'tls://127.0.0.1:0', tls: { cert, key, handshakeMs: 800 } },
      { ca: cert }
    )
    const silent = await attack
      .crowd({ to: shaking.endpoint, count: each, steps: [{ do: 'read', bytes: 'end' }] })
      .fates()
    const shaken = await shaking.until(({ refusals }) => refusals.handshake_timeout >= each, 'all are booked')
    attack.exactly('refused handshake_timeout', shaken.refusals.handshake_timeout, each)
    await attack.onTime('handshake_timeout', lives(silent), 800)

    // A handler that never returns ends with the linger time, or with the drain.
    const ends = { lingerMs: 600, sessionMs: 2600 }
    const stuck = await attack.victim('modes', { limits: ends }, false, { endsItself: true })
    const talk: Step[] = [
      { do: 'send', text: 'e' },
      { do: 'drip', text: 'x', everyMs: 100 }
    ]
    const talking = await attack.crowd({ to: stuck.endpoint, count: each, steps: talk }).fates()
    // A client can see its end before it is booked.
    const ofSession = await stuck.until(({ closed }) => closed.session_timeout >= each, 'all are booked')
    attack.exactly('closed session_timeout', ofSession.closed.session_timeout, each)
    await attack.onTime('session_timeout', lives(talking), ends.sessionMs)
    const sleeping: Step[] = [{ do: 'send', text: 's' }]
    const half = await attack
      .crowd({ to: stuck.endpoint, count: each, steps: [...sleeping, { do: 'fin' }, { do: 'hold' }] })
      .fates()
    // A client can see its end before it is booked.
    const ofLinger = await stuck.until(({ closed }) => closed.linger_timeout >= each, 'all are booked')
    attack.exactly('closed linger_timeout', ofLinger.closed.linger_timeout, each)
    await attack.onTime('linger_timeout', lives(half), 600)
    const whole = attack.crowd({ to: stuck.endpoint, count: each, steps: [...sleeping, { do: 'hold' }] })
    await whole.event('held')
    await stuck.until(({ open }) => open === each, 'all sleep')
    await attack.onTime('drain', [await stuck.ask<number>('stop', 1000)], 1000, 1000)
    attack.exactly('closed drain_timeout', (await stuck.stats()).closed.drain_timeout, each)
    await whole.fates()
  }
}

function lives(fates: readonly Fate[]): number[] {
  return fates.map(({ livedMs }) => livedMs)
}
