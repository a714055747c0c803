/**
 * The mutual login of Python's `multiprocessing.connection` (CPython, Lib/multiprocessing/connection.py): each side sends
 * a challenge, the other answers it with an HMAC that only a holder of the key can make.
 *
 *   S: #CHALLENGE#{sha256}<40 random bytes>
 *   C: {sha256}<HMAC of all that follows #CHALLENGE#>
 *   S: #WELCOME#          (or #FAILURE#, and closes)
 *
 * and the same with the roles changed. The server has seen the client's proof before it gives one of its own: whoever
 * has no key gets nothing made with it. The name of the digest is part of what is signed, so nobody on the way can
 * change it for a weaker one. Python up to 3.11 knows MD5 only, and writes no name; that is taken by explicit choice.
 *
 * What it does not do: say who is who (two clients can be played against each other), or protect what comes behind it.
 * For that there is TLS.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { multiprocessing } from '../codec/presets/multiprocessing.ts'
import { AuthError, InvalidOptionError, ProtocolError } from '../errors.ts'
import type { Gate } from '../server.ts'
import { type Dialog, dialog } from '../transport/dialog.ts'
import type { Login } from '../types.ts'
import type { Answer } from './auth-method.ts'
import { type LoginRules, loginGate } from './login-gate.ts'

export interface AuthkeyOptions {
  /** The secret of both sides. */
  authkey: Uint8Array
  /** Takes and gives the MD5 of Python 3.11 and earlier too (false). */
  allowMd5?: boolean
}

/** As Python has it: no message of the login is longer. */
const message = multiprocessing({ maxBytes: 256 })

const challengePrefix = Buffer.from('#CHALLENGE#')
const welcome = Buffer.from('#WELCOME#')
const failure = Buffer.from('#FAILURE#')

/** As Python's own; more than 20, which means MD5. */
const challengeBytes = 40
const legacyChallengeBytes = 20
const legacyAnswerBytes = 16

/** The names that Python gives to digests, and Node's. */
const digests: Readonly<Record<string, string>> = {
  md5: 'md5',
  sha256: 'sha256',
  sha384: 'sha384',
  sha3_256: 'sha3-256',
  sha3_384: 'sha3-384'
}

/**
 * What a server puts in front of its handler. It rejects with an `AuthError` that says what was wrong with the peer's proof.
 *
 * @throws InvalidOptionError for an empty key
 * @example await serve(server, { gates: [authkeyGate({ authkey })] })
 */
export function authkeyGate({ authkey, allowMd5 = false, ...rules }: AuthkeyOptions & LoginRules): Gate {
  checkKey(authkey)
  const options = { authkey: authkey.slice(), allowMd5 }
  return loginGate('authkey', (login, _, signal) => challenge(login, options, 'the client', signal), rules)
}

/**
 * The client's side. It rejects with a `ProtocolError` where the server rejects our proof or asks for one that we do not
 * give, and with an `AuthError` where it has no proof of its own.
 *
 * @throws InvalidOptionError for an empty key
 * @example const peer = await connect('tcp://127.0.0.1:25000', { login: authkeyLogin({ authkey }) })
 */
export function authkeyLogin({ authkey, allowMd5 = false }: AuthkeyOptions): Login {
  checkKey(authkey)
  const options = { authkey: authkey.slice(), allowMd5 }
  return async (connection) => {
    const login = dialog(connection)
    await answer(login, options, 'the server')
    const proof = await challenge(login, options, 'the server')
    if (proof.isRight()) {
      await login.send(message, welcome)
      return login.detach()
    }
    await proof.refuse?.()
    throw new AuthError('wrong', proof.wrong ?? '')
  }
}

function checkKey({ byteLength }: Uint8Array): void {
  if (byteLength === 0) throw new InvalidOptionError('authkey', '', 'a key of at least one byte')
}

/** Asks for the other side's proof. As a server, ours comes behind it. */
async function challenge(
  login: Dialog,
  options: Required<AuthkeyOptions>,
  who: string,
  signal?: AbortSignal
): Promise<Answer> {
  const aborted = signal === undefined ? {} : { signal }
  const question = Buffer.concat([Buffer.from('{sha256}'), randomBytes(challengeBytes)])
  await login.send(message, Buffer.concat([challengePrefix, question]), aborted)
  const given = await next(login, who, 'its answer to our challenge', signal)
  const wrong = whyWrong(options.authkey, question, given, options.allowMd5)
  return {
    wrong: wrong === undefined ? undefined : `${who} did not prove that it has the key: ${wrong}`,
    isRight: () => wrong === undefined,
    refuse: () => login.send(message, failure, aborted),
    async welcome() {
      await login.send(message, welcome, aborted)
      await answer(login, options, who, signal)
      return login.detach()
    }
  }
}

function whyWrong(authkey: Uint8Array, question: Buffer, given: Buffer, allowMd5: boolean): string | undefined {
  const { name, rest } = given.byteLength === legacyAnswerBytes ? { name: 'md5', rest: given } : named(given)
  const digest = digestOf(name)
  if (digest === undefined) return `an answer of ${given.byteLength} bytes without the name of a digest`
  if (name === 'md5' && !allowMd5) return 'its answer is of MD5 (Python 3.11 or earlier), which was not allowed'
  const expected = createHmac(digest, authkey).update(question).digest()
  if (rest.byteLength !== expected.byteLength) {
    return `a proof of ${rest.byteLength} bytes, and ${name} has ${expected.byteLength}`
  }
  return timingSafeEqual(rest, expected) ? undefined : 'its proof was made with another key'
}

async function answer(
  login: Dialog,
  { authkey, allowMd5 }: Required<AuthkeyOptions>,
  who: string,
  signal?: AbortSignal
): Promise<void> {
  const asked = await next(login, who, 'its challenge', signal)
  if (!asked.subarray(0, challengePrefix.byteLength).equals(challengePrefix)) {
    throw new ProtocolError(`${who} sent ${asked.byteLength} bytes that are no challenge: does it know of a key?`)
  }
  const question = asked.subarray(challengePrefix.byteLength)
  const proof = proofOf(authkey, question, allowMd5, who)
  await login.send(message, proof, signal === undefined ? {} : { signal })
  const verdict = await next(login, who, 'its verdict', signal)
  if (!verdict.equals(welcome)) throw new ProtocolError(`${who} rejected our proof: is its key another one?`)
}

function proofOf(authkey: Uint8Array, question: Buffer, allowMd5: boolean, who: string): Buffer {
  const legacy = question.byteLength === legacyChallengeBytes
  const { name } = legacy ? { name: 'md5' } : named(question)
  const digest = digestOf(name)
  if (question.byteLength < legacyChallengeBytes || digest === undefined) {
    throw new ProtocolError(`${who} sent a challenge of ${question.byteLength} bytes without a digest that we know`)
  }
  if (name === 'md5' && !allowMd5) {
    throw new ProtocolError(`${who} asks for MD5 (Python 3.11 or earlier), which was not allowed`)
  }
  const mac = createHmac(digest, authkey).update(question).digest()
  return legacy ? mac : Buffer.concat([Buffer.from(`{${name}}`), mac])
}

/** `{sha256}...` */
function named(bytes: Buffer): { name: string; rest: Buffer } {
  const end = bytes[0] === 0x7b ? bytes.indexOf(0x7d) : -1
  return end === -1
    ? { name: '', rest: bytes }
    : { name: bytes.toString('latin1', 1, end), rest: bytes.subarray(end + 1) }
}

function digestOf(name: string): string | undefined {
  return Object.hasOwn(digests, name) ? digests[name] : undefined
}

async function next(login: Dialog, who: string, what: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const got = await login.next(message, signal === undefined ? {} : { signal })
  if (got === undefined) throw new ProtocolError(`${who} ended in front of ${what}`)
  return Buffer.from(got.buffer, got.byteOffset, got.byteLength)
}
