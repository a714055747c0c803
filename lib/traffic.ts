/**
 * What went through a service. What is over was added up when it closed; what is open is looked at when somebody asks, so
 * that bytes on their way cost nothing here.
 */
import { bytesOf } from './connection-info.ts'
import type { Connection } from './types.ts'

/** What went through a service since its start, and what it keeps now. */
export interface Traffic {
  readonly receivedBytes: number
  readonly sentBytes: number
  /** Kept in memory for all open connections, in bytes. */
  readonly bufferedBytes: number
  /** TLS handshakes that came to a connection. */
  readonly handshakes: number
  readonly heardDatagrams: number
  readonly answeredDatagrams: number
  /** Those for which there was no room. */
  readonly droppedDatagrams: number
}

/** Datagrams of one UDP socket. */
export interface DatagramCounts {
  readonly heard: number
  readonly answered: number
  readonly dropped: number
}

export class TrafficCount {
  #handshakes = 0
  #receivedBytes = 0
  #sentBytes = 0

  opened({ tls }: Connection): void {
    if (tls !== undefined) this.#handshakes++
  }

  closed(connection: Connection): void {
    const { receivedBytes, sentBytes } = bytesOf(connection)
    this.#receivedBytes += receivedBytes
    this.#sentBytes += sentBytes
  }

  /** With what is open now. */
  with(
    open: Iterable<{ readonly connection: Connection }>,
    doors: Iterable<{ readonly datagrams?: DatagramCounts }>
  ): Traffic {
    const sum = {
      receivedBytes: this.#receivedBytes,
      sentBytes: this.#sentBytes,
      bufferedBytes: 0,
      handshakes: this.#handshakes,
      heardDatagrams: 0,
      answeredDatagrams: 0,
      droppedDatagrams: 0
    }
    for (const { connection } of open) {
      const { receivedBytes, sentBytes, bufferedBytes } = bytesOf(connection)
      sum.receivedBytes += receivedBytes
      sum.sentBytes += sentBytes
      sum.bufferedBytes += bufferedBytes
    }
    for (const { datagrams } of doors) {
      sum.heardDatagrams += datagrams?.heard ?? 0
      sum.answeredDatagrams += datagrams?.answered ?? 0
      sum.droppedDatagrams += datagrams?.dropped ?? 0
    }
    return sum
  }
}
