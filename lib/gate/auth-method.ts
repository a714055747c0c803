/** The ways to prove that one has the key, and what both ends of each share. */
import { InvalidOptionError } from '../errors.ts'
import type { Connection } from '../types.ts'

/**
 * `hmac-sha256`: the server sends 32 random bytes, the client answers their HMAC. `hmac-md5`: the same with MD5, for old
 * clients. `mutual`: both prove it, bound to this one connection; what follows is protected, by TLS or by a MAC of each
 * message.
 */
export type AuthMethod = 'hmac-sha256' | 'hmac-md5' | 'mutual'

export const authMethods: readonly AuthMethod[] = ['hmac-sha256', 'hmac-md5', 'mutual']

/** An answer that was read and not judged. */
export interface Answer {
  /** Who the client says it is, where the method asks. */
  readonly name?: string
  /** Whether it was made with the key. Takes the same time for every wrong one. */
  isRight(): boolean
  /** Goes on behind a right one. */
  welcome(): Promise<Connection>
  /** Why it is not right, where the method knows more than that. */
  readonly wrong?: string | undefined
  /** Tells a wrong one so, where the method has words for it. */
  refuse?(): Promise<void>
}

/** @throws InvalidOptionError */
export function checkSecret(key: unknown, method: unknown): void {
  if (!(key instanceof Uint8Array) || key.byteLength === 0)
    throw new InvalidOptionError('key', '...', 'a Uint8Array of at least 1 byte')
  if (!authMethods.includes(method as AuthMethod))
    throw new InvalidOptionError('method', method, authMethods.join(' or '))
}
