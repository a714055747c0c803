/**
 * The other end of a memory pair as a peer: its drive and its outlet, used by hand. What the outlet does not want yet
 * waits here, as it waits in a socket's own queue.
 */
import type { BaseConnection } from '../../../lib/transport/base-connection.ts'
import type { Connection, Control } from '../../../lib/types.ts'
import type { Core } from '../core.ts'
import { Peer } from './peer.ts'

export class MemoryPeer extends Peer {
  taken = 0
  readonly #connection: BaseConnection<Uint8Array>
  readonly #control: Control
  #waiting: Uint8Array[] = []
  #full = false
  #ending = false

  constructor(core: Core, connection: Connection) {
    super()
    this.#connection = connection as BaseConnection<Uint8Array>
    this.#connection.watch({
      drained: () => this.#drained(),
      finished: () => {},
      closed: (error) => {
        this.dead = true
        if (error instanceof core.ConnectionResetError) this.ended('reset')
      }
    })
    this.#control = this.#connection.source[core.DRIVE]({
      batch: (batch) => this.#batch(batch),
      end: () => this.ended('fin'),
      fault: () => this.ended('reset')
    })
    this.#control.pause()
  }

  write(bytes: Uint8Array): void {
    this.#waiting.push(bytes)
    this.#flush()
  }

  end(): void {
    this.#ending = true
    this.#flush()
  }

  reset(): void {
    this.#connection.abort()
  }

  protected flow(on: boolean): void {
    if (on) this.#control.resume()
    else this.#control.pause()
  }

  #batch(batch: Uint8Array[]): void {
    for (const bytes of batch) this.arrived(bytes)
  }

  #drained(): void {
    this.#full = false
    this.#flush()
  }

  #flush(): void {
    while (this.#waiting.length > 0 && !this.#full) {
      const bytes = this.#waiting.shift() as Uint8Array
      this.taken += bytes.byteLength
      this.#full = !this.#connection.write([bytes])
    }
    if (this.#ending && this.#waiting.length === 0) this.#connection.end()
  }
}
