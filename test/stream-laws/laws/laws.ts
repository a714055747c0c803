/**
 * Every law by its name.
 */
import type { Law } from '../trial.ts'
import { ending } from './law-abort.ts'
import { beginning } from './law-begin.ts'
import { bounded } from './law-bounded.ts'
import { inUse, lateClaim } from './law-claim.ts'
import { drained } from './law-drained.ts'
import { drive } from './law-drive.ts'
import { outlet } from './law-outlet.ts'
import { proxied } from './law-proxy.ts'
import { bytesBeforeReset, resetWhileWaiting } from './law-reset.ts'
import { stages } from './law-stages.ts'
import { transcripts } from './law-transcripts.ts'

export const laws = {
  stages,
  beginning,
  drive,
  outlet,
  transcripts,
  drained,
  bounded,
  inUse,
  lateClaim,
  bytesBeforeReset,
  resetWhileWaiting,
  ending,
  proxied
} satisfies Record<string, Law>

export type LawName = keyof typeof laws
