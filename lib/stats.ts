/** The books of a service. */
import {
  type CloseReason,
  closeReasons,
  type DatagramRefusal,
  datagramRefusals,
  type RefuseReason,
  refuseReasons
} from './events.ts'

/** The books of a service: accepted = open + the sum of closed, always. */
export interface Stats {
  readonly accepted: number
  readonly open: number
  readonly refused: number
  /** `refused`, by reason. */
  readonly refusals: Readonly<Record<RefuseReason, number>>
  readonly closed: Readonly<Record<CloseReason, number>>
  /** Datagrams, and replies to them, that were refused. */
  readonly refusedDatagrams: Readonly<Record<DatagramRefusal, number>>
}

/** The same where it is written. */
export interface Books extends Stats {
  accepted: number
  open: number
  refused: number
  readonly refusals: Record<RefuseReason, number>
  readonly closed: Record<CloseReason, number>
  readonly refusedDatagrams: Record<DatagramRefusal, number>
}

/** With every reason in it from the start. */
export function emptyBooks(): Books {
  return {
    accepted: 0,
    open: 0,
    refused: 0,
    refusals: zeros(refuseReasons),
    closed: zeros(closeReasons),
    refusedDatagrams: zeros(datagramRefusals)
  }
}

/** A count of 0 for each reason. */
function zeros<Reason extends string>(reasons: Readonly<Record<Reason, string>>): Record<Reason, number> {
  return Object.fromEntries(Object.keys(reasons).map((reason) => [reason, 0])) as Record<Reason, number>
}
