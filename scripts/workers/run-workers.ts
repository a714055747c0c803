/** Runs a server in several worker processes, with whoever watches over them, until they are stopped. */
import { serviceLimits } from '../../lib/index.ts'
import { openAdmin } from '../admin/admin-server.ts'
import type { EventLog } from '../log/event-log.ts'
import type { Run } from '../run-alone.ts'
import { untilFinished } from '../until-finished.ts'
import { WatchedWorkers } from './watched-workers.ts'
import { WorkerPool } from './worker-pool.ts'

export interface WorkersRun<O> extends Run<O> {
  readonly workers: number
  readonly listen: readonly string[]
}

/** @throws ProcessError, ListenError, InvalidOptionError */
export async function runWorkers<O>(run: WorkersRun<O>, log: EventLog): Promise<void> {
  const { server, options, workers, listen, report } = run
  const { limits = {}, tls } = options
  const pool = new WorkerPool({ server: server.name, workers, listen, limits, log })
  const watched = new WatchedWorkers(server.name, pool)
  const admin = run.admin === undefined ? undefined : await openAdmin(run.admin, watched)
  let over: () => void = () => {}
  const finished = new Promise<void>((resolve) => {
    over = resolve
  })
  const stop = (): void => void pool.stop(limits.drainMs ?? serviceLimits.drainMs.default).then(over)
  const stopped = untilFinished({
    finished,
    stop,
    reload: tls === undefined ? undefined : () => pool.reload(),
    kill: () => pool.kill()
  })
  try {
    await pool.start()
    if (pool.state === 'accepting') {
      for (const endpoint of pool.endpoints) report(`${server.name} listening at ${endpoint}`)
      if (admin !== undefined) report(`${server.name} admin at ${admin.url}`)
    }
    await stopped
  } finally {
    over()
    await admin?.close()
  }
}
