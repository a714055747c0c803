/** What the primary process and its workers say to each other. */
import type { Address, ConnectionInfo, RefuseReason } from '../../lib/index.ts'
import type { Snapshot } from '../admin/service-metrics.ts'

export type FromWorker =
  /** It runs, and waits to be told what it is. */
  | { readonly say: 'hello' }
  | { readonly say: 'listening'; readonly endpoints: readonly string[] }
  /** It could not start. */
  | { readonly say: 'failed'; readonly message: string; readonly status: number }
  /** A connection came: may it have a place? */
  | { readonly say: 'admit'; readonly ask: number; readonly remote: Address }
  | { readonly say: 'left'; readonly remote: Address }
  | { readonly say: 'report'; readonly question: number; readonly report: Report }

export type FromPrimary =
  | { readonly say: 'start'; readonly number: number; readonly workers: number; readonly listen: readonly string[] }
  | { readonly say: 'admitted'; readonly ask: number; readonly refused?: RefuseReason | undefined }
  | { readonly say: 'reload' }
  | { readonly say: 'stop' }
  | { readonly say: 'tell'; readonly question: number; readonly wanted: Wanted }

/** What the admin endpoint wants to know. */
export type Wanted = { readonly metrics: true } | { readonly offset: number; readonly limit: number }

export interface Report {
  readonly state: string
  readonly metrics?: Snapshot
  readonly total?: number
  readonly connections?: readonly ConnectionInfo[]
}
