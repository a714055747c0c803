/** What `serve` can be told, and the names of it, so that a misspelt one is refused. */
import type { AdmissionDesk } from './admission/shared-admission.ts'
import type { DatagramRules } from './gate/datagram-guard.ts'
import type { ServeLimits } from './limits.ts'
import type { Gate, OnEvent } from './server.ts'
import type { AcceptOptions } from './transport/accept.ts'
import type { Source } from './types.ts'

export interface ServeOptions<O> extends Omit<AcceptOptions, 'lingerMs'> {
  /** Where to listen, instead of the server's own endpoints; an empty list listens nowhere, see `Service.accept`. */
  listen?: string | readonly string[]
  /** Values for the server's options; what is left out has its default. */
  options?: Partial<O>
  /** What is allowed and how long it may take; what is left out has its default, see `serviceLimits`. None is infinite. */
  limits?: Partial<ServeLimits>
  /** Who else has a say in who gets in: limits that several services keep together, see `SharedAdmission`. */
  admission?: AdmissionDesk
  /** What runs in front of the handler, in this order. */
  gates?: readonly Gate[]
  /** Rates and other rules for UDP sockets. */
  datagrams?: DatagramRules
  /** Stops the service, with the default grace. */
  signal?: AbortSignal
  onEvent?: OnEvent
  /** Takes what the server reports; by default the lines are dropped. */
  report?: (line: string) => void
  /** What somebody types at the server's terminal; by default nobody does. */
  terminal?: Source<Uint8Array>
}

const names: Record<keyof ServeOptions<unknown>, true> = {
  listen: true,
  options: true,
  limits: true,
  admission: true,
  gates: true,
  datagrams: true,
  signal: true,
  onEvent: true,
  report: true,
  terminal: true,
  backlog: true,
  readBuffers: true,
  clock: true,
  noDelay: true,
  keepAlive: true,
  ipv6Only: true,
  tls: true,
  proxyProtocol: true,
  unixMode: true
}

export const serveOptionNames: readonly string[] = Object.keys(names)
