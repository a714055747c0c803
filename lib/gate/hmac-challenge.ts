/**
 * The simple challenge, both ends of it. The client proves that it has the key, the server proves nothing.
 *
 *   S: 32 random bytes
 *   C: HMAC(key, those bytes)        (SHA-256: 32 bytes, MD5: 16), and whatever it has to say
 *
 * Exactly as many bytes as the MAC has are the answer; what follows belongs to the application. So both sides of the
 * comparison have the same length, and it takes the same time whatever the answer is.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Dialog } from '../transport/dialog.ts'
import type { Connection } from '../types.ts'
import type { Answer } from './auth-method.ts'

const challengeBytes = 32
const sizes = { sha256: 32, md5: 16 } as const

export type Hash = keyof typeof sizes

/** @throws UnexpectedEndError where the client ends before its answer is whole */
export async function challenge(login: Dialog, key: Uint8Array, hash: Hash, signal: AbortSignal): Promise<Answer> {
  const nonce = randomBytes(challengeBytes)
  await login.write(nonce)
  const answer = await login.read(sizes[hash], { signal })
  return {
    isRight: () => timingSafeEqual(createHmac(hash, key).update(nonce).digest(), answer),
    welcome: async () => login.detach()
  }
}

/** @throws UnexpectedEndError where the server ends before its challenge is whole */
export async function answerChallenge(login: Dialog, key: Uint8Array, hash: Hash): Promise<Connection> {
  const nonce = await login.read(challengeBytes)
  await login.write(createHmac(hash, key).update(nonce).digest())
  return login.detach()
}
