/**
 * Fairness of pull loops. A source that is always ready resolves its promises in microtasks, which never let the event
 * loop run: no timer fires and no socket is served. Every pull loop therefore asks, batch by batch, whether this turn of
 * the loop has gone on for long enough, and if so waits for the next. All pull loops of the process share one turn.
 */
import { limits } from '../limits.ts'

let endsAt = 0
let counting = false

/** True when this turn of the event loop has been pulling for {@link limits.turnMs}: then wait for {@link nextTurn}. */
export function turnIsOver(): boolean {
  const now = performance.now()
  if (!counting) {
    counting = true
    endsAt = now + limits.turnMs
    setImmediate(startTurn)
  }
  return now >= endsAt
}

function startTurn(): void {
  counting = false
}

/** Resolves in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
