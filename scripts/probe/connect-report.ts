/** Tries every address of a name in turn, and says what each did and how long it took. */
import { connect } from 'node:net'
import type { Resolved } from './names.ts'

export interface ConnectReport {
  readonly host: string
  readonly canonicalName: string
  readonly service: string
  readonly port: number
  /** One of them answered. */
  readonly ok: boolean
  readonly attempts: readonly Attempt[]
}

export interface Attempt {
  readonly address: string
  readonly family: 'IPv4' | 'IPv6'
  readonly outcome: 'answered' | 'refused' | 'silent' | 'unreachable'
  /** Why not, for people; undefined where it answered. */
  readonly why: string | undefined
  readonly ms: number
}

export async function connectReport(
  resolved: Resolved,
  { service, port, timeoutMs }: { service: string; port: number; timeoutMs: number }
): Promise<ConnectReport> {
  const attempts: Attempt[] = []
  for (const { address, family } of resolved.addresses) {
    const began = performance.now()
    const error = await whyNot(address, port, timeoutMs)
    const ms = Math.round((performance.now() - began) * 10) / 10
    attempts.push({ address, family: family === 6 ? 'IPv6' : 'IPv4', ...outcomeOf(error, timeoutMs), ms })
  }
  const { name: host, canonicalName } = resolved
  const ok = attempts.some(({ outcome }) => outcome === 'answered')
  return { host, canonicalName, service, port, ok, attempts }
}

/** Undefined where somebody answered. */
function whyNot(host: string, port: number, timeoutMs: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const done = (error?: NodeJS.ErrnoException): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(error)
    }
    const timer = setTimeout(() => done(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' })), timeoutMs)
    socket.once('connect', () => done()).once('error', done)
  })
}

function outcomeOf(error: NodeJS.ErrnoException | undefined, timeoutMs: number): Pick<Attempt, 'outcome' | 'why'> {
  if (error === undefined) return { outcome: 'answered', why: undefined }
  if (error.code === 'ECONNREFUSED') return { outcome: 'refused', why: 'nobody listens there' }
  if (error.code === 'ETIMEDOUT') return { outcome: 'silent', why: `no answer within ${timeoutMs} ms` }
  const known: Record<string, string> = {
    EHOSTUNREACH: 'no way to this host',
    ENETUNREACH: 'no way to this network',
    EADDRNOTAVAIL: 'this host has no address of its kind',
    EACCES: 'the system does not allow it'
  }
  return { outcome: 'unreachable', why: known[error.code ?? ''] ?? error.code ?? error.message }
}
