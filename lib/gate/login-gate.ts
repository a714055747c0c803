/**
 * What all logins have in common: who has not the key does not reach the handler.
 *
 * Strategy: the method reads an answer; whether its source may still be judged is asked first, then the answer is judged,
 * and a refusal waits for a second. Promise: every attempt is told once, with its outcome; a source that guesses has 20
 * answers a minute judged, whatever number of connections it opens, and no other source notices. How long a login may take,
 * how many bytes, and how many at a time are limits of the service (`loginMs`, `loginBytes`, `loginFull`).
 */
import { systemClock } from '../clock.ts'
import { AuthError, type AuthOutcome, UnexpectedEndError } from '../errors.ts'
import { limits, milliseconds } from '../limits.ts'
import type { Gate } from '../server.ts'
import { type Dialog, dialog } from '../transport/dialog.ts'
import type { Clock, Connection } from '../types.ts'
import type { Answer } from './auth-method.ts'
import { sourceGroup } from './source-group.ts'
import { WrongAnswers } from './wrong-answers.ts'

export interface LoginRules {
  /** Wrong answers of one IPv4 address or IPv6 /64 that are judged in a minute (20). */
  wrongPerMinute?: number
  /** How long a wrong answer waits for its refusal, in ms (1,000). */
  wrongDelayMs?: number
  /** Another clock, for tests. */
  clock?: Clock
}

/** @param demand asks for the proof, and reads what comes */
export function loginGate(
  method: string,
  demand: (login: Dialog, peer: Connection, signal: AbortSignal) => Promise<Answer>,
  {
    wrongPerMinute = limits.wrongAnswersPerMinute,
    wrongDelayMs = limits.wrongAnswerDelayMs,
    clock = systemClock
  }: LoginRules
): Gate {
  milliseconds('wrongDelayMs', wrongDelayMs, 0)
  const wrong = new WrongAnswers(wrongPerMinute, clock)
  const gate: Gate = async (peer, { signal, attempt }) => {
    const source = sourceGroup(peer.remote.host ?? '')
    let answer: Answer | undefined
    let outcome: AuthOutcome = 'incomplete'
    try {
      answer = await demand(dialog(peer), peer, signal)
      outcome = judge(answer, wrong, source)
    } catch (error) {
      throw withoutSecrets(error)
    } finally {
      attempt?.({ method, outcome, ...(answer?.name === undefined ? {} : { name: answer.name }) })
    }
    if (outcome === 'accepted') return answer.welcome()
    await pause(clock, wrongDelayMs, signal)
    await answer.refuse?.()
    throw outcome === 'limited'
      ? new AuthError('limited', `more than ${wrongPerMinute} wrong answers within a minute came from this source`)
      : new AuthError('wrong', answer.wrong ?? 'the answer was not made with the key')
  }
  return Object.assign(gate, { login: true })
}

/** In one go, so that no two answers are judged on the same count. */
function judge(answer: Answer, wrong: WrongAnswers, source: string): AuthOutcome & ('accepted' | 'wrong' | 'limited') {
  if (!wrong.may(source)) return 'limited'
  if (answer.isRight()) return 'accepted'
  wrong.add(source)
  return 'wrong'
}

/** What came of an answer goes into no log. */
function withoutSecrets(error: unknown): unknown {
  if (!(error instanceof UnexpectedEndError)) return error
  const { phase, had, needed } = error
  return new UnexpectedEndError('login', { phase, had, needed, partial: new Uint8Array(0) })
}

/** Until the time is over, or the service stops. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0 || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const over = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', over)
      resolve()
    }
    const timer = clock.after(ms, over)
    signal.addEventListener('abort', over, { once: true })
  })
}
