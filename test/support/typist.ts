/** Somebody at a line-based server: a plain socket, the lines that it got, and waits for the next one that fits. */
import type { Socket } from 'node:net'
import { dial } from './raw.ts'
import { Bell } from './wait.ts'

export class Typist {
  readonly socket: Socket
  readonly lines: string[] = []
  /** How the server's half ended, once it has. */
  over: 'end' | 'close' | undefined
  readonly #bell = new Bell()
  #looked = 0
  #text = ''

  constructor(socket: Socket) {
    this.socket = socket
    const utf8 = new TextDecoder()
    socket.on('data', (bytes: Buffer) => {
      this.#text += utf8.decode(bytes, { stream: true })
      const lines = this.#text.split('\r\n')
      this.#text = lines.pop() as string
      this.lines.push(...lines)
      this.#bell.ring()
    })
    for (const how of ['end', 'close'] as const) {
      socket.on(how, () => {
        this.over ??= how
        this.#bell.ring()
      })
    }
  }

  static async at(endpoint: string): Promise<Typist> {
    return new Typist(await dial(endpoint))
  }

  type(...lines: readonly string[]): this {
    this.socket.write(lines.map((line) => `${line}\n`).join(''))
    return this
  }

  /** Bytes as they are. */
  press(bytes: Uint8Array): this {
    this.socket.write(bytes)
    return this
  }

  /** The next line that fits, behind the last one that did. */
  hears(wanted: string | RegExp): Promise<string> {
    return this.#bell.until(
      () => {
        const fits = (line: string): boolean => (typeof wanted === 'string' ? line === wanted : wanted.test(line))
        const at = this.lines.findIndex((line, index) => index >= this.#looked && fits(line))
        if (at >= 0) {
          this.#looked = at + 1
          return this.lines[at]
        }
        if (this.over === undefined) return undefined
        throw new Error(`it was over before ${wanted}; the last line was ${this.lines.at(-1)}`)
      },
      `a line ${wanted}, behind ${this.lines.slice(-3).join(' | ')}`
    )
  }

  /** What it has got behind the last line that fitted; it counts as looked at. */
  rest(): string[] {
    const rest = this.lines.slice(this.#looked)
    this.#looked = this.lines.length
    return rest
  }

  ends(what = 'the end'): Promise<string> {
    return this.#bell.until(() => this.over, what)
  }

  leave(): void {
    this.socket.destroy()
  }
}
