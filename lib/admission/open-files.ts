import { readFileSync } from 'node:fs'

/**
 * How many files this process may have open: the soft limit, which Node raises to the hard one as it starts. Read from
 * `/proc/self/limits`, else from the report that Node makes of itself; undefined where the system has no such limit.
 */
export function maxOpenFiles(): number | undefined {
  return fromProc() ?? fromReport()
}

function fromProc(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
    return soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}

function fromReport(): number | undefined {
  const report = process.report?.getReport() as { userLimits?: { open_files?: { soft?: number | string } } } | undefined
  const soft = report?.userLimits?.open_files?.soft
  return typeof soft === 'number' ? soft : undefined
}
