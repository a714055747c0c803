/**
 * What a service reports: one typed event for each thing that happens, and one named reason for each connection's end.
 * The library itself never logs.
 */
import type { Address } from './types.ts'

/** Why a connection is over. Every connection has exactly one; none is unknown. */
export type CloseReason = keyof typeof closeReasons

export const closeReasons = {
  finished: 'the handler was through with it',
  frame_too_large: 'the peer sent a frame over the limit',
  truncated: 'the peer ended inside a frame',
  malformed: 'the peer sent bytes that are no frame, or a frame that breaks the protocol',
  frame_timeout: 'the peer did not finish a frame in its time',
  handler_error: 'the handler threw',
  peer_reset: 'the peer cut the line, or the network did',
  aborted: 'our side cut the line',
  idle_timeout: 'nothing came or went for too long between two frames',
  session_timeout: 'the connection was open for as long as any may be',
  login_timeout: 'the gates were not through with it in time',
  login_budget: 'more bytes went in or out before the login was over than may',
  write_stalled: 'the peer took nothing of what waited for it',
  slow_reader: 'more waited for the peer than may, for too long',
  evicted: 'all connections together kept too much in memory, and this one the most',
  linger_timeout: 'the peer took nothing any more of a connection that was closing or half-closed',
  drained: 'the server stopped, and nothing had come for a while on a connection of which it knows no frames',
  drain_timeout: 'the server stopped and the handler did not finish in time'
} as const

/** Why a connection was not taken: no handler ever saw it. */
export type RefuseReason = keyof typeof refuseReasons

export const refuseReasons = {
  connection_limit: 'as many are open as may be',
  source_limit: 'as many are open from its address as may be',
  accept_rate: 'more came in a second than may',
  fd_limit: 'the file descriptors that are left are for files',
  login_limit: 'too many have not logged in yet',
  draining: 'the server is stopping',
  suspended: 'the server takes nobody just now',
  proxy_untrusted: 'it comes from nobody whose PROXY header is believed',
  proxy_malformed: 'what came first is no PROXY header',
  proxy_timeout: 'the PROXY header did not end in its time',
  proxy_cut: 'the peer went away in front of the end of its PROXY header',
  handshake_limit: 'others waited for the place of a TLS handshake that took long, or too many waited',
  handshake_timeout: 'the TLS handshake did not end in its time',
  handshake_failed: 'what came is no TLS, or nothing in it suits both sides',
  handshake_cut: 'the peer went away in the middle of the TLS handshake',
  name_unknown: 'the peer asked for a server name that is not served here',
  certificate_refused: 'the peer showed no certificate, or none that is accepted'
} as const

/** Why a datagram was not heard, or a reply not sent. */
export type DatagramRefusal = keyof typeof datagramRefusals

export const datagramRefusals = {
  unanswerable: 'its sender is no single host: port 0, multicast, broadcast, nobody',
  own_port: 'it says that it comes from a port at which this process answers',
  privileged_port: 'its source port is a service’s and no client’s',
  rate: 'its sender sends more than its share',
  total_rate: 'all senders together send more than is answered',
  loop: 'the same came again and again, as from a peer that answers answers',
  reply_too_large: 'the reply is longer than its request allows',
  unasked: 'the reply is the second one to its request, or belongs to none'
} as const

export type ServeEvent =
  | { readonly type: 'listening'; readonly server: string; readonly endpoint: string }
  | {
      readonly type: 'accept'
      readonly server: string
      readonly id: number
      readonly remote: Address
      readonly open: number
      /** The proxy that it comes from, where one is spoken to. */
      readonly via?: Address
    }
  | {
      readonly type: 'refuse'
      readonly server: string
      readonly remote: Address
      readonly reason: RefuseReason
      readonly error?: unknown
    }
  /** The certificates of an endpoint were read again: they are in use, or, with an error, the old ones still are. */
  | { readonly type: 'reload'; readonly server: string; readonly endpoint: string; readonly error?: unknown }
  | {
      readonly type: 'fault'
      readonly server: string
      readonly id: number
      readonly remote: Address
      readonly error: unknown
    }
  | {
      readonly type: 'close'
      readonly server: string
      readonly id: number
      readonly remote: Address
      readonly reason: CloseReason
      /** From accept to close. */
      readonly ms: number
      readonly error?: unknown
    }
  | { readonly type: 'drop'; readonly server: string; readonly endpoint: string; readonly datagrams: number }
  | {
      readonly type: 'refuse-datagrams'
      readonly server: string
      readonly endpoint: string
      readonly reason: DatagramRefusal
      /** Of this reason, since the last such event: there is one a second at most. */
      readonly datagrams: number
    }
  | {
      readonly type: 'receive-buffer'
      readonly server: string
      readonly endpoint: string
      readonly askedBytes: number
      /** What the kernel gave (Linux counts its own overhead in, and says twice what holds data). */
      readonly gotBytes: number
    }
  | { readonly type: 'listen-error'; readonly server: string; readonly endpoint: string; readonly error: unknown }
  | { readonly type: 'suspend' | 'resume'; readonly server: string; readonly open: number }
  | { readonly type: 'drain'; readonly server: string; readonly open: number; readonly graceMs: number }
  | { readonly type: 'stop'; readonly server: string }
