/**
 * Runs one command within its limits, and tells what it says as it says it. Its deadline and the bytes that it may say
 * are kept here, and that it ends when nobody waits for it: whatever the reason, it ends with all that it started.
 */
import type { Invocation } from './confinement.ts'
import { type Exit, ProcessGroup } from './process-group.ts'
import { type Ended, type Outcome, type Progress, quiet } from './progress.ts'

export interface RunOptions {
  /** What it may say, in bytes. */
  readonly mostBytes: number
  /** Aborted when nobody waits for it any more. */
  readonly signal: AbortSignal
}

/** Its output, then how it ended. Who stops reading waits until nothing of it is left. */
export async function* runCommand(
  invocation: Invocation,
  { mostBytes, signal }: RunOptions
): AsyncGenerator<Progress[]> {
  const { deadlineMs } = invocation.command.limits
  let cause: Outcome | undefined
  const group = new ProcessGroup(invocation)
  const end = (why: Outcome): void => {
    cause ??= why
    group.kill()
    if (why !== 'deadline') group.discard()
  }
  const deadline = setTimeout(() => end('deadline'), deadlineMs)
  void group.exited.then(() => clearTimeout(deadline))
  const abandoned = (): void => end('abandoned')
  if (signal.aborted) abandoned()
  signal.addEventListener('abort', abandoned, { once: true })
  let left = mostBytes
  let through = false
  try {
    for await (const batch of group.output) {
      const kept: Progress[] = []
      for (const item of batch) {
        if (item === quiet || item.bytes.byteLength <= left) kept.push(item)
        else {
          kept.push({ from: item.from, bytes: item.bytes.subarray(0, left) })
          end('output_limit')
        }
        if (item !== quiet) left = Math.max(0, left - item.bytes.byteLength)
      }
      yield kept
    }
    const exit = await group.gone
    through = true
    yield [endedBy(exit, cause, { deadlineMs, mostBytes })]
  } finally {
    signal.removeEventListener('abort', abandoned)
    if (!through) end('abandoned')
    await group.gone
  }
}

function endedBy(
  { exitCode, signal, error }: Exit,
  cause: Outcome | undefined,
  { deadlineMs, mostBytes }: { deadlineMs: number; mostBytes: number }
): Ended {
  const outcome = error !== undefined ? 'failed' : (cause ?? (signal === null ? 'exited' : 'signalled'))
  const reasons: Partial<Record<Outcome, string>> = {
    failed: `it cannot be started: ${error?.message}`,
    deadline: `it was ended after ${deadlineMs} ms`,
    output_limit: `its output was cut at ${mostBytes} bytes, and it was ended`,
    signalled: `it was ended by ${signal}`
  }
  return { outcome, exitCode, signal, why: reasons[outcome] }
}
