/** What a client is: the other end of a protocol, as a plain value that the command line can run. */
import type { OptionTable } from './options.ts'
import type { TlsConnectOptions } from './tls-options.ts'
import type { Login, Source } from './types.ts'

/** What a client is asked to do. */
export interface ClientRequest<O> {
  readonly endpoint: string
  /** For `connect`, at a `tls:` endpoint. */
  readonly tls?: TlsConnectOptions | undefined
  /** For `connect`: proves who we are, where the server asks for it. */
  readonly login?: Login | undefined
  /** What stands behind the endpoint on the command line; undefined: take standard input. */
  readonly message: string | undefined
  readonly options: O
  /** Standard input. Read once, if at all. */
  readonly input: Source<Uint8Array>
  /** Takes what the user is to see: text becomes a line, bytes stay as they are. Resolves when there is room for more. */
  print(output: string | Uint8Array): Promise<void>
  /** The same for what is no answer: it goes to standard error. */
  printError?(output: string | Uint8Array): Promise<void>
  readonly signal: AbortSignal
}

export interface Client<O = Record<string, never>> {
  readonly name: string
  readonly summary: string
  /** Where it connects unless told otherwise. */
  readonly endpoint: string
  readonly options: OptionTable<O>
  /** Somebody types at it line by line, while lines come: on a terminal, the two are kept apart (false). */
  readonly interactive?: boolean
  /** Resolves when the conversation is over; rejects when the server misbehaves or goes away. */
  run(request: ClientRequest<O>): Promise<void>
}
