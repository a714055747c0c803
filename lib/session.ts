import type { AdmissionRules } from './admission/admission.ts'
import type { AdmissionDesk } from './admission/shared-admission.ts'
import type { ServeEvent } from './events.ts'
import type { Gate, Handler } from './server.ts'
import type { Connection } from './types.ts'
import type { Verdict, Watch } from './watch/watch.ts'

/** One connection of a service, from accept to close. */
export interface Session {
  readonly id: number
  /** By the clock of the service. */
  readonly began: number
  readonly connection: Connection
  readonly endpoint: string | undefined
  readonly watch: Watch
  /** It is in front of its login. */
  loggingIn: boolean
  /** Why it is ended by a limit, and since when. */
  verdict: { readonly error: Verdict; at: number } | undefined
  /** The handler is through with it. */
  closing: boolean
  /** It is in the books as closed. */
  closed: boolean
}

/** What holds for all of them. */
export interface SessionRules extends Omit<AdmissionRules, 'gated'> {
  readonly server: string
  readonly gates: readonly Gate[]
  readonly handle: Handler | undefined
  /** Makes the event only where somebody listens. */
  readonly emit: (make: () => ServeEvent) => void
  readonly desk: AdmissionDesk | undefined
  /** Aborted when the service stops. */
  readonly signal: AbortSignal
}
