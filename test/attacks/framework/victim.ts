/** The server under attack, as the rows see it. */
import type { ServeOptions, Stats } from '../../../lib/index.ts'
import { parseEndpoint } from '../../../lib/index.ts'
import { Remote } from './remote.ts'
import type { BooksReport } from './victim-books.ts'

/** What of the options of `serve` goes through JSON. */
export type VictimOptions = Pick<
  ServeOptions<Record<string, unknown>>,
  'listen' | 'limits' | 'options' | 'tls' | 'datagrams' | 'proxyProtocol'
>

export interface VictimStart {
  /** URL of the subject's file. */
  readonly subject: string
  readonly options: VictimOptions
}

/** The most seen since `watchMemory`, in bytes. */
export interface Peaks {
  readonly rss: number
  readonly heapAndExternal: number
  /** What the connections say that they keep, all together and the largest of them. */
  readonly kept: number
  readonly keptByOne: number
}

export interface Inspection {
  /** Bytes, after two collections. */
  readonly rss: number
  readonly heapUsed: number
  readonly heapAndExternal: number
  readonly files: number
  readonly resources: readonly string[]
  /** What no handler caught, and warnings of Node. */
  readonly escaped: readonly string[]
  readonly stats: Stats
  readonly books: BooksReport
  readonly loop: { readonly p99Ms: number; readonly mostMs: number }
  /** Of the processor, since the attack began or `newCpu`. */
  readonly cpuMs: number
  /** What came from the well-behaved client and went to it, since the attack began. */
  readonly bystander: { readonly connections: number; readonly taken: number; readonly given: number }
  readonly peaks: Peaks
  /** The most bytes that were read of one connection whose handler is through. */
  readonly mostTaken: number
}

/** From this address the well-behaved client comes, so that its bytes are counted by themselves. */
export const bystanderHost = '127.0.0.99'

const file = new URL('victim-process.ts', import.meta.url)

export class Victim extends Remote {
  endpoints: readonly string[] = []
  /** The forced collections of an inspection are no fault of the server: nobody measures meanwhile. */
  quietly: <T>(measure: () => Promise<T>) => Promise<T> = (measure) => measure()

  constructor(subject: string, options: VictimOptions, flags: readonly string[] = [], wrapper: readonly string[] = []) {
    const [name = '', query = ''] = subject.split('?')
    const start: VictimStart = { subject: new URL(`../subjects/${name}.ts?${query}`, import.meta.url).href, options }
    super(`the server ${subject}`, file, start, ['--expose-gc', ...flags], wrapper)
  }

  async started(): Promise<this> {
    this.endpoints = await this.ask<string[]>('endpoints')
    return this
  }

  /** Its first endpoint. */
  get endpoint(): string {
    return this.endpoints[0] ?? ''
  }

  get port(): number {
    const at = parseEndpoint(this.endpoint)
    return 'port' in at ? at.port : 0
  }

  inspect(): Promise<Inspection> {
    return this.quietly(() => this.ask<Inspection>('inspect'))
  }

  stats(): Promise<Stats & { readonly books: BooksReport }> {
    return this.ask('stats')
  }

  /** Asks for the books until they fit. */
  async until(
    fits: (stats: Stats & { readonly books: BooksReport }) => boolean,
    what: string,
    ms = 20_000
  ): Promise<Stats & { readonly books: BooksReport }> {
    const deadline = performance.now() + ms
    for (;;) {
      const stats = await this.stats()
      if (fits(stats)) return stats
      if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}; ${JSON.stringify(stats)}`)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}
