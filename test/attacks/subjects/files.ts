/** An echo beside which files are opened all the time, as for a log or an upload. */
import { closeSync, openSync } from 'node:fs'
import { pipe } from '../../../lib/index.ts'
import type { Subject } from '../framework/subject.ts'

const told = { opened: 0, failed: 0 }
let timer: NodeJS.Timeout | undefined

function open(): void {
  const files: number[] = []
  try {
    for (let count = 0; count < 20; count++) files.push(openSync('/dev/null', 'r'))
    told.opened++
  } catch {
    told.failed++
  }
  for (const file of files) closeSync(file)
}

export const subject: Subject = {
  server: { name: 'files', endpoints: [], open: () => (peer) => pipe(peer, peer) },
  commands: {
    openFiles: () => {
      timer ??= setInterval(open, 10)
    },
    opened: () => {
      clearInterval(timer)
      timer = undefined
      return told
    }
  }
}
