/** The flags of a login, the same for servers and clients: `--auth-key-file FILE`, `--auth METHOD`, `--auth-name NAME`. */
import { type Command, Option } from 'commander'
import {
  type AuthMethod,
  authGate,
  authLogin,
  authMethods,
  type Gate,
  InvalidOptionError,
  type Login,
  readKeyFile
} from '../lib/index.ts'
import { ConfigurationError } from './exit-status.ts'

export interface AuthFlags {
  authKeyFile?: string
  auth?: AuthMethod
  authName?: string
}

interface Read {
  readonly key: Uint8Array
  readonly method: AuthMethod
  readonly name?: string
}

export function addAuthFlags(command: Command): Command {
  return command
    .option('--auth-key-file <FILE>', 'the key that both sides have; without one nobody is asked')
    .addOption(new Option('--auth <METHOD>', 'how it is proved (hmac-sha256)').choices(authMethods))
    .option('--auth-name <NAME>', 'who we are, for --auth mutual')
}

/**
 * The gates of a server: none, or the login.
 *
 * @throws ConfigurationError for a file that cannot be used
 * @throws InvalidOptionError for flags that do not go together, or an endpoint on which nobody can log in
 */
export function authGates(given: AuthFlags, listen: readonly string[]): Gate[] {
  const read = readAuth(given, listen)
  return read === undefined ? [] : [authGate(read)]
}

/** The same for a client; undefined without a key. */
export function clientLogin(given: AuthFlags, endpoint: string): Login | undefined {
  const read = readAuth(given, [endpoint])
  return read === undefined ? undefined : authLogin(read)
}

function readAuth({ authKeyFile, auth, authName }: AuthFlags, endpoints: readonly string[]): Read | undefined {
  if (authKeyFile === undefined) {
    if (auth !== undefined) throw new InvalidOptionError('--auth', auth, '--auth-key-file FILE to go with it')
    if (authName !== undefined) throw new InvalidOptionError('--auth-name', authName, '--auth mutual to go with it')
    return undefined
  }
  if (authName !== undefined && auth !== 'mutual') {
    throw new InvalidOptionError('--auth-name', authName, '--auth mutual to go with it')
  }
  const datagrams = endpoints.find((endpoint) => endpoint.startsWith('udp:'))
  if (datagrams !== undefined) {
    throw new InvalidOptionError('--auth-key-file', authKeyFile, `no ${datagrams}: datagrams have no login`)
  }
  const method = auth ?? 'hmac-sha256'
  return { key: keyIn(authKeyFile), method, ...(authName === undefined ? {} : { name: authName }) }
}

function keyIn(file: string): Uint8Array {
  try {
    return readKeyFile(file, '--auth-key-file')
  } catch (error) {
    throw new ConfigurationError((error as Error).message, { cause: error })
  }
}
