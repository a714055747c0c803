/**
 * The strong login: both sides prove that they have the key, to each other and on this very connection.
 *
 *   S: "ISML" 01 <nonce, 32> <length, 1> <name of the server>
 *   C: 01 <nonce, 32> <length, 1> <name of the client> <HMAC-SHA256, 32>
 *   S: <HMAC-SHA256, 32>
 *
 * Each MAC is over version, role, both names, both nonces and, under TLS, bytes that only the two ends of this connection
 * have (RFC 9266). So nothing can be sent back to who said it (roles), used again (nonces), or passed on between two
 * TLS connections (those bytes). The server judges before it proves anything. Without TLS, all that follows is sealed.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { AuthError, InvalidOptionError, UnexpectedEndError } from '../errors.ts'
import { quoted } from '../quoted.ts'
import type { BaseConnection } from '../transport/base-connection.ts'
import type { Dialog } from '../transport/dialog.ts'
import type { Connection } from '../types.ts'
import type { Answer } from './auth-method.ts'
import { SealedConnection } from './sealed-connection.ts'

const magic = Buffer.from('ISML')
const version = Uint8Array.of(1)
const nonceBytes = 32
const macBytes = 32
const mostNameBytes = 255

/** What both sides know of one login, beside the key. */
interface Facts {
  readonly server: Uint8Array
  readonly client: Uint8Array
  readonly serverNonce: Uint8Array
  readonly clientNonce: Uint8Array
  /** Empty without TLS. */
  readonly binding: Uint8Array
}

type Role = 'client' | 'server'

/** @throws UnexpectedEndError where the client ends before its answer is whole */
export async function demandLogin(
  login: Dialog,
  { tls }: Connection,
  key: Uint8Array,
  name: string,
  signal: AbortSignal
): Promise<Answer> {
  const server = nameBytes(name)
  const serverNonce = randomBytes(nonceBytes)
  await login.write(Buffer.concat([magic, version, serverNonce, Uint8Array.of(server.length), server]))
  const head = await login.read(1 + nonceBytes + 1, { signal })
  const client = await login.read(head.at(-1) as number, { signal })
  const proof = await login.read(macBytes, { signal })
  const facts = { server, client, serverNonce, clientNonce: head.subarray(1, -1), binding: bindingOf(tls) }
  const known = head[0] === version[0]
  return {
    name: shown(client),
    isRight: () => timingSafeEqual(mac(key, 'login', 'client', facts), proof) && known,
    async welcome() {
      await login.write(mac(key, 'login', 'server', facts))
      return secured(login.detach(), key, 'server', facts)
    }
  }
}

/**
 * @throws AuthError where the server speaks something else, refuses us, or has another key
 * @throws UnexpectedEndError where it ends before its greeting is whole
 */
export async function proveLogin(
  login: Dialog,
  { tls }: Connection,
  key: Uint8Array,
  name: string
): Promise<Connection> {
  const client = nameBytes(name)
  const greeting = await login.read(magic.length + version.length)
  if (!Buffer.concat([magic, version]).equals(greeting)) {
    throw new AuthError('wrong', 'the server does not ask for a mutual login')
  }
  const head = await login.read(nonceBytes + 1)
  const server = await login.read(head.at(-1) as number)
  const clientNonce = randomBytes(nonceBytes)
  const serverNonce = head.subarray(0, -1)
  const facts = { server, client, serverNonce, clientNonce, binding: bindingOf(tls) }
  const proof = mac(key, 'login', 'client', facts)
  await login.write(Buffer.concat([version, clientNonce, Uint8Array.of(client.length), client, proof]))
  const answer = await login.read(macBytes).catch((error: unknown) => {
    if (!(error instanceof UnexpectedEndError)) throw error
    throw new AuthError('wrong', 'the server refused the login: the keys are not the same', { cause: error })
  })
  if (!timingSafeEqual(mac(key, 'login', 'server', facts), answer)) {
    throw new AuthError('wrong', 'the server has not proved that it has the key')
  }
  return secured(login.detach(), key, 'client', facts)
}

/** It goes into logs before anything of it is proved, so it must be one line. */
function shown(name: Uint8Array): string {
  const text = Buffer.from(name).toString()
  return /[\p{C}\p{Zl}\p{Zp}\ufffd]/u.test(text) ? quoted(name) : text
}

/** @throws InvalidOptionError */
export function nameBytes(name: string): Uint8Array {
  const bytes = Buffer.from(name)
  if (bytes.length > mostNameBytes) throw new InvalidOptionError('name', name, `at most ${mostNameBytes} bytes`)
  return bytes
}

function bindingOf(tls: Connection['tls']): Uint8Array {
  return tls === undefined ? new Uint8Array(0) : tls.exportKey('EXPORTER-Channel-Binding', 32)
}

/** Every part has a fixed length or its length in front, so that no two logins read the same. */
function mac(key: Uint8Array, purpose: 'login' | 'seal', role: Role, facts: Facts): Uint8Array {
  const { server, client, serverNonce, clientNonce, binding } = facts
  const hmac = createHmac('sha256', key).update(magic).update(`${purpose} ${role}\0`).update(version)
  for (const part of [server, client, serverNonce, clientNonce, binding]) {
    hmac.update(Uint8Array.of(part.length)).update(part)
  }
  return hmac.digest()
}

function secured(connection: Connection, key: Uint8Array, role: Role, facts: Facts): Connection {
  if (connection.tls !== undefined) return connection
  const [client, server] = [mac(key, 'seal', 'client', facts), mac(key, 'seal', 'server', facts)]
  const keys = role === 'client' ? { ours: client, theirs: server } : { ours: server, theirs: client }
  return new SealedConnection(connection as BaseConnection<Uint8Array>, keys)
}
