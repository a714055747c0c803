/**
 * Keeps the events of a service and checks its books at each of them: accepted = open + the sum of closed.
 */
import assert from 'node:assert/strict'
import type { CloseReason, ServeEvent, Service } from '../../lib/index.ts'
import { Bell } from './wait.ts'

type Type = ServeEvent['type']
type Of<T extends Type> = Extract<ServeEvent, { type: T }>

export class Books {
  readonly events: ServeEvent[] = []
  /** The most connections that were open at a time. */
  most = 0
  readonly #bell = new Bell()
  readonly #open = new Set<number>()
  readonly #wrong: string[] = []
  #service: Service | undefined
  #accepted = 0
  #closed = 0

  /** For the option `onEvent`. */
  readonly onEvent = (event: ServeEvent): void => {
    this.events.push(event)
    if (event.type === 'accept') {
      this.#accepted++
      this.#open.add(event.id)
      this.most = Math.max(this.most, event.open)
      if (event.open !== this.#open.size) this.#wrong.push(`open is told as ${event.open}, not ${this.#open.size}`)
    }
    if (event.type === 'close') {
      this.#closed++
      if (!this.#open.delete(event.id)) this.#wrong.push(`connection ${event.id} closed twice`)
    }
    this.#check(event)
    this.#bell.ring()
  }

  /** Compares the service's own books from now on. */
  of(service: Service): Service {
    this.#service = service
    return service
  }

  all<T extends Type>(type: T): Of<T>[] {
    return this.events.filter((event): event is Of<T> => event.type === type)
  }

  /** Waits for the first event of a type that fits. */
  next<T extends Type>(type: T, fits: (event: Of<T>) => boolean = () => true): Promise<Of<T>> {
    return this.#bell.until(() => this.all(type).find(fits), `the event ${type}`)
  }

  /** Waits until there are so many events of a type. */
  count<T extends Type>(type: T, wanted: number): Promise<Of<T>[]> {
    const look = (): Of<T>[] | undefined => {
      const found = this.all(type)
      return found.length >= wanted ? found : undefined
    }
    return this.#bell.until(look, `${wanted} events ${type}`)
  }

  reasons(): CloseReason[] {
    return this.all('close').map(({ reason }) => reason)
  }

  /** Fails if the books were wrong at any event. */
  balance(): void {
    assert.deepEqual(this.#wrong, [])
  }

  #check(event: ServeEvent): void {
    if (this.#accepted !== this.#open.size + this.#closed)
      this.#wrong.push(`the events do not balance at ${event.type}`)
    const stats = this.#service?.stats
    if (stats === undefined) return
    const closed = Object.values(stats.closed).reduce((sum, count) => sum + count, 0)
    if (stats.accepted !== stats.open + closed) this.#wrong.push(`the stats do not balance at ${event.type}`)
    if (stats.accepted !== this.#accepted || stats.open !== this.#open.size || closed !== this.#closed) {
      this.#wrong.push(`the stats are not what the events say at ${event.type}: ${JSON.stringify(stats)}`)
    }
  }
}
