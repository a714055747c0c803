/** What a file in subjects/ exports as `subject`: a server to be attacked, and what rows may ask of it beside. */
import type { Gate, Server } from '../../../lib/index.ts'
import type { Commands } from './remote.ts'

export interface Subject {
  readonly server: Server<object>
  readonly gates?: readonly Gate[]
  /** For `victim.ask`. */
  readonly commands?: Commands
}
