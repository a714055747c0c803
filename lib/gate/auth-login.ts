/** The client's side of a login, see auth-gate.ts. */
import { dialog } from '../transport/dialog.ts'
import type { Login } from '../types.ts'
import { type AuthMethod, checkSecret } from './auth-method.ts'
import { answerChallenge } from './hmac-challenge.ts'
import { nameBytes, proveLogin } from './mutual-login.ts'

export interface AuthLoginOptions {
  /** The secret that both sides have (see `readKeyFile`). */
  key: Uint8Array
  /** As the server has it (`hmac-sha256`). */
  method?: AuthMethod
  /** Who we are, for `mutual`: text of at most 255 bytes (`client`). */
  name?: string
}

/**
 * Proves on a new connection that we have the key. With `hmac-sha256` and `hmac-md5` the server says nothing to it: a
 * refusal is the end that follows. With `mutual` it rejects unless the server has the key too, and what comes back is
 * protected even without TLS.
 *
 * @throws InvalidOptionError for a key of no bytes, a method that is none
 * @example await using server = await connect('tcp://127.0.0.1:9999', { login: authLogin({ key, method: 'mutual' }) })
 */
export function authLogin({ key, method = 'hmac-sha256', name = 'client' }: AuthLoginOptions): Login {
  checkSecret(key, method)
  nameBytes(name)
  const secret = key.slice()
  return (connection) => {
    const login = dialog(connection)
    if (method === 'mutual') return proveLogin(login, connection, secret, name)
    return answerChallenge(login, secret, method === 'hmac-md5' ? 'md5' : 'sha256')
  }
}
