/** The well-behaved client, as the framework sees it. */

/** What it says and what it wants to hear; `#` stands for a number that tells the exchanges apart. */
export interface BystanderPlan {
  readonly to: string
  readonly control: string
  /** Said once on each connection, before anything else; nothing answers it. */
  readonly greeting?: string
  readonly say?: string
  readonly hear?: string
  /** From one exchange to the next, on a connection that stays (20). */
  readonly everyMs?: number
  /** From one new connection to the next, each with one exchange (250); 0 for none. */
  readonly freshMs?: number
  /** How long an answer may take (15,000). */
  readonly patienceMs?: number
  /** Of a `tls:` server: its certificates, and its name. */
  readonly ca?: string
  readonly servername?: string
  /** Of a mutual one. */
  readonly cert?: string
  readonly key?: string
}

export interface Delays {
  readonly count: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly mostMs: number
}

export interface BystanderReport {
  readonly delays: Delays
  /** Of the same client at the plain echo, at the same time. */
  readonly control: Delays
  /** The delay of the bystander's own event loop: what this machine does to a process that is not under attack. */
  readonly loop: { readonly p99Ms: number; readonly mostMs: number }
  readonly errors: readonly string[]
  /** UDP: questions without an answer. */
  readonly lost: number
  readonly connections: number
  readonly sent: number
  readonly received: number
}

export const file = new URL('bystander-process.ts', import.meta.url)
