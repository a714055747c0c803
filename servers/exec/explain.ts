/** Whether and why a command line would run, for `--check`: the very judgement of the server, and nothing is started. */
import type { AllowList } from './allow-list.ts'
import { Refusal } from './command-line.ts'
import { confinementTools } from './confinement.ts'
import { invocationOf } from './desk.ts'

export function explain(allow: AllowList, line: string): { ok: boolean; lines: string[] } {
  try {
    const { command, args } = invocationOf(allow, line)
    const { program, directory, environment, user, limits } = command
    confinementTools()
    const variables = Object.entries(environment).map(([name, value]) => JSON.stringify(`${name}=${value}`))
    return {
      ok: true,
      lines: [
        `would run: ${JSON.stringify(line)}`,
        `  program      ${program}`,
        `  arguments    ${args.length === 0 ? 'none' : args.map((word) => JSON.stringify(word)).join(' ')}`,
        `  directory    ${directory}`,
        `  environment  ${variables.length === 0 ? 'empty' : variables.join(' ')}`,
        `  user         ${user === undefined ? `that of the server (uid ${process.getuid?.()})` : `uid ${user.uid}, gid ${user.gid}`}`,
        `  deadline     ${limits.deadlineMs} ms`,
        `  output       ${limits.outputBytes} bytes, streaming ${limits.streamBytes}`,
        `  each process ${limits.cpuSeconds} s of CPU time, ${limits.memoryBytes} bytes of memory, ${limits.openFiles} files`
      ]
    }
  } catch (error) {
    const why = error instanceof Refusal ? error.message : `it cannot be started: ${(error as Error).message}`
    return { ok: false, lines: [`would not run: ${JSON.stringify(line)}`, `  ${why}`] }
  }
}
