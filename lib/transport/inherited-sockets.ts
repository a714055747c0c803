/**
 * Sockets that were open when this process began: a supervisor listens, so that nobody is turned away while the server is
 * started again. systemd tells of them in the environment (sd_listen_fds(3)): `LISTEN_FDS` descriptors from 3 on are for the
 * process `LISTEN_PID`, with the names `LISTEN_FDNAMES`, which need not differ.
 */
import cluster from 'node:cluster'
import { fstatSync, readFileSync, readlinkSync } from 'node:fs'
import { ListenError } from '../errors.ts'
import { type Endpoint, formatEndpoint, parseEndpoint } from './endpoint.ts'

const firstDescriptor = 3

/**
 * The endpoints of an endpoint: `systemd:web` is every socket of that name, as `fd:3`; any other is itself.
 *
 * @throws InvalidOptionError for a wrong endpoint
 * @throws ListenError where nothing of that name was handed to this process
 */
export function inherited(url: string, env: NodeJS.ProcessEnv = process.env): Exclude<Endpoint, { kind: 'systemd' }>[] {
  const endpoint = parseEndpoint(url)
  if (endpoint.kind !== 'systemd') return [endpoint]
  const { name, secure } = endpoint
  const names = namesOf(url, env)
  const found = names.flatMap((one, index) => (one === name ? [firstDescriptor + index] : []))
  if (found.length === 0) {
    const there = names.length === 0 ? 'none' : [...new Set(names)].join(', ')
    throw new ListenError(url, `no socket of that name was handed over (LISTEN_FDNAMES: ${there})`)
  }
  return found.map((fd) => ({ kind: 'fd', fd, secure }))
}

function namesOf(url: string, { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES }: NodeJS.ProcessEnv): string[] {
  if (LISTEN_FDS === undefined || LISTEN_PID === undefined) {
    throw new ListenError(url, 'no sockets were handed over (LISTEN_FDS and LISTEN_PID are not set)')
  }
  // The workers of a cluster listen through their primary process.
  if (Number(LISTEN_PID) !== (cluster.isWorker ? process.ppid : process.pid)) {
    throw new ListenError(url, `the sockets are for process ${LISTEN_PID}, and this is ${process.pid}`)
  }
  const names = LISTEN_FDNAMES === undefined || LISTEN_FDNAMES === '' ? [] : LISTEN_FDNAMES.split(':')
  return Array.from(
    { length: /^\d{1,4}$/.test(LISTEN_FDS) ? Number(LISTEN_FDS) : 0 },
    (_, at) => names[at] ?? 'unknown'
  )
}

/** @throws ListenError for a descriptor that is no socket: whatever it is, it is used for something else */
export function requireSocket(endpoint: Extract<Endpoint, { kind: 'fd' }>): void {
  let isSocket: boolean
  try {
    isSocket = fstatSync(endpoint.fd).isSocket()
  } catch (cause) {
    throw new ListenError(formatEndpoint('fd', endpoint), 'there is no such descriptor', { cause })
  }
  if (!isSocket) throw new ListenError(formatEndpoint('fd', endpoint), 'this descriptor is no socket')
}

/** The path of a Unix socket that was opened elsewhere, as the kernel lists it; undefined where nobody can tell. */
export function pathOf(fd: number): string | undefined {
  try {
    const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`)) ?? []
    const [, path] = new RegExp(` ${inode} (.+)$`, 'm').exec(readFileSync('/proc/self/net/unix', 'utf8')) ?? []
    return path
  } catch {
    return undefined
  }
}
