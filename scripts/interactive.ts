/**
 * A user at a terminal, typing while lines come: what comes is shown above the line that is being typed, which stays as it
 * is. Line editing and history are Node's.
 */
import { clearLine, createInterface, cursorTo } from 'node:readline'
import { channel, type Source } from '../lib/index.ts'

export interface User {
  readonly input: Source<Uint8Array>
  print(output: string | Uint8Array): Promise<void>
  close(): void
}

/** @param interrupted called at Ctrl-C, which the terminal gives to us as a key */
export function interactive(interrupted: () => void): User {
  const { stdin: input, stdout: output } = process
  const lines = channel<Uint8Array>({ capacity: 1_000 })
  const terminal = createInterface({ input, output, prompt: '> ' })
  terminal.on('line', (line) => {
    if (line !== '') lines.push([Buffer.from(`${line}\n`)])
    terminal.prompt()
  })
  terminal.on('SIGINT', interrupted).on('close', () => lines.end())
  terminal.prompt()
  return {
    input: lines,
    print(text) {
      clearLine(output, 0)
      cursorTo(output, 0)
      return new Promise((resolve, reject) => {
        output.write(typeof text === 'string' ? `${text}\n` : text, (error) => {
          if (error != null) reject(error)
          else resolve()
        })
        terminal.prompt(true)
      })
    },
    close() {
      terminal.close()
      clearLine(output, 0)
      cursorTo(output, 0)
    }
  }
}
