/**
 * The process's own input and output as a connection: a server under inetd, or a client's user.
 *
 * Input that was piped in ends as a peer's half does; a closed output (a pager that was quit) is a reset.
 */
import type { Socket } from 'node:net'
import { ConnectionResetError } from '../errors.ts'
import type { Address } from '../types.ts'
import { BaseConnection } from './base-connection.ts'
import { address } from './socket-connection.ts'

interface Streams {
  input?: NodeJS.ReadableStream & { destroy?(): void }
  output?: NodeJS.WritableStream & { destroy?(): void; writableNeedDrain?: boolean; writableLength?: number }
}

/**
 * Standard input and output, or two other Node streams, as a connection.
 *
 * @example await pipe(stdio(), decode(lines), encode(lines), await connect('tcp://127.0.0.1:20000'))
 */
export function stdio({ input = process.stdin, output = process.stdout }: Streams = {}): StreamsConnection {
  return new StreamsConnection(input, output)
}

export class StreamsConnection extends BaseConnection<Uint8Array> {
  readonly local: Address
  readonly remote: Address
  readonly #input: NonNullable<Streams['input']>
  readonly #output: NonNullable<Streams['output']>
  #started = false
  /** Node forgets it: standard output is revived behind its end. */
  #finished = false
  #taken = 0
  #given = 0
  protected ended = false

  constructor(input: NonNullable<Streams['input']>, output: NonNullable<Streams['output']>) {
    super((bytes) => bytes.byteLength)
    this.#input = input
    this.#output = output
    // Under inetd it is a socket, which knows who is there.
    const { remoteAddress, remotePort, localAddress, localPort } = input as Partial<Socket>
    const known = remoteAddress !== undefined
    this.remote = known ? address(remoteAddress, remotePort) : { path: 'stdio' }
    this.local = known ? address(localAddress, localPort) : { path: 'stdio' }
    output.on('drain', () => this.watcher?.drained())
    output.on('finish', () => {
      this.#finished = true
      this.sent()
    })
    output.on('error', (cause: Error) => this.gone(new ConnectionResetError(undefined, { cause })))
  }

  pause(): void {
    this.#input.pause()
  }

  resume(): void {
    if (!this.#started) {
      this.#started = true
      this.#input.on('data', (bytes: Uint8Array) => {
        this.#taken += bytes.byteLength
        this.source.deliver([bytes])
      })
      this.#input.on('end', () => this.source.end())
      this.#input.on('error', (cause: Error) => this.gone(new ConnectionResetError(undefined, { cause })))
    }
    this.#input.resume()
  }

  write(batch: readonly Uint8Array[]): boolean {
    let room = true
    for (const bytes of batch) {
      this.#given += bytes.byteLength
      room = this.#output.write(bytes)
    }
    return room
  }

  end(): void {
    if (this.ended) return
    this.ended = true
    this.#output.end()
  }

  override get taken(): number {
    return this.#taken
  }

  override get given(): number {
    return this.#given - this.queued
  }

  override get queued(): number {
    return this.#output.writableLength ?? 0
  }

  hangUp(): void {}

  protected async finish(): Promise<void> {
    if (this.death !== undefined) return
    this.#input.pause()
    await new Promise<void>((resolve) => {
      const done = (): void => resolve()
      if (this.#finished) resolve()
      this.#output.once('finish', done).once('error', done).once('close', done)
      this.end()
    })
    this.over()
    this.#input.destroy?.()
  }

  protected cut(): void {
    this.#input.destroy?.()
    this.#output.destroy?.()
  }
}
