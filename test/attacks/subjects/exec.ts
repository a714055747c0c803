import type { Server } from '../../../lib/index.ts'
import { parseAllowList } from '../../../servers/exec/allow-list.ts'
import { closeInheritedFiles } from '../../../servers/exec/inherited-files.ts'
import { exec } from '../../../servers/exec.ts'
import type { Subject } from '../framework/subject.ts'

interface Options {
  /** An allow-list, as it stands in its file. */
  list: object
  reply: 'length' | 'json' | 'ack' | 'stream'
}

/** One line of the audit. */
export interface Audit {
  readonly command: string
  readonly outcome: string
  readonly exit_code: number | null
  readonly ms: number
  readonly bytes: number
}

const audit: Audit[] = []

/** The server as it is shipped; its allow-list comes as an option, its audit is kept. */
const server: Server<Options> = {
  name: exec.name,
  endpoints: exec.endpoints,
  options: {
    list: { summary: '', default: { commands: {} }, parse: () => ({ commands: {} }) },
    reply: { summary: '', default: 'json', parse: () => 'json' }
  },
  open({ list, reply }, context) {
    const options = { allow: parseAllowList(JSON.stringify(list)), reply, framing: 'line', check: undefined } as const
    const report = (line: string): void => {
      const entry = JSON.parse(line) as Audit
      // The well-behaved client asks for nothing, again and again.
      if (entry.command !== 'nothing') audit.push(entry)
    }
    return exec.open?.(options, { ...context, report }) ?? (async () => {})
  }
}

closeInheritedFiles()

export const subject: Subject = {
  server: server as unknown as Subject['server'],
  commands: {
    /** All lines since the last time. */
    audit: () => audit.splice(0)
  }
}
