/**
 * Closes descriptors that this process got from whoever started it and that would go on to every program that it starts.
 *
 * Node opens its own files so that no child gets them, and at its start does the same for what it inherits, as far as
 * descriptors follow one another. One that stands alone with a high number is missed, and cannot be marked from here.
 */
import { closeSync, readdirSync, readFileSync } from 'node:fs'

const closeOnExec = 0o2000000

export function closeInheritedFiles(): void {
  for (const name of readdirSync('/proc/self/fd')) {
    if (Number(name) <= 2) continue
    try {
      const [, flags = '0'] = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1')) ?? []
      if ((Number.parseInt(flags, 8) & closeOnExec) === 0) closeSync(Number(name))
    } catch {
      // It was the descriptor of the directory that is read here.
    }
  }
}
