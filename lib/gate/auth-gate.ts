/** A login in front of any server, with the methods of auth-method.ts. What holds for all of them is in login-gate.ts. */
import type { Gate } from '../server.ts'
import { type AuthMethod, checkSecret } from './auth-method.ts'
import { challenge } from './hmac-challenge.ts'
import { type LoginRules, loginGate } from './login-gate.ts'
import { demandLogin, nameBytes } from './mutual-login.ts'

export interface AuthGateOptions extends LoginRules {
  /** The secret that both sides have: 32 random bytes are best (see `readKeyFile`). */
  key: Uint8Array
  /** How it is proved (`hmac-sha256`). */
  method?: AuthMethod
  /** Who we are, for `mutual`: text of at most 255 bytes (`server`). */
  name?: string
}

/**
 * The gate that asks for the key.
 *
 * @throws InvalidOptionError for a key of no bytes, a method that is none
 * @example await serve(upper, { gates: [authGate({ key: readKeyFile('key') })] })
 */
export function authGate({ key, method = 'hmac-sha256', name = 'server', ...rules }: AuthGateOptions): Gate {
  checkSecret(key, method)
  nameBytes(name)
  const secret = key.slice()
  return loginGate(
    method,
    (login, peer, signal) => {
      if (method === 'mutual') return demandLogin(login, peer, secret, name, signal)
      return challenge(login, secret, method === 'hmac-md5' ? 'md5' : 'sha256', signal)
    },
    rules
  )
}
