/**
 * Services for tests: started with their books, stopped when the test is over, whatever became of it.
 */
import type { TestContext } from 'node:test'
import { type Handler, type ServeOptions, type Server, type Service, serve } from '../../lib/index.ts'
import { Books } from './books.ts'
import { within } from './wait.ts'
import './leaks.ts'

export interface Started {
  readonly service: Service
  readonly books: Books
  /** The first of its endpoints. */
  readonly endpoint: string
}

/** A server of one handler. */
export function handling(handler: Handler): Server {
  return { name: 'test', summary: '', endpoints: ['tcp://127.0.0.1:0'], options: {}, open: () => handler }
}

/** Starts a server on a free port, unless told otherwise, with books that must balance at the end. */
export async function start<O>(t: TestContext, server: Server<O>, options: ServeOptions<O> = {}): Promise<Started> {
  const books = new Books()
  const onEvent: ServeOptions<O>['onEvent'] = (event) => {
    books.onEvent(event)
    options.onEvent?.(event)
  }
  const service = books.of(await serve(server, { listen: 'tcp://127.0.0.1:0', ...options, onEvent }))
  t.after(async () => {
    await within(service.stop({ graceMs: 100 }), 'the stop of the service', 3_000)
    books.balance()
  })
  return { service, books, endpoint: service.endpoints[0] ?? '' }
}

/** A source of these batches, and of nothing else: the plainest thing that a sink can be given. */
export async function* batches<T>(...all: T[][]): AsyncGenerator<T[]> {
  yield* all
}

/** For handlers that get stuck. */
export const never = new Promise<never>(() => {})
