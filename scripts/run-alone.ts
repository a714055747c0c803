/** Runs a server in this process, with whoever watches over it, until it is stopped. */
import { type ServeOptions, type Server, SharedAdmission, serve } from '../lib/index.ts'
import type { AdminAddress } from './admin/admin-address.ts'
import { openAdmin } from './admin/admin-server.ts'
import { ServiceMetrics } from './admin/service-metrics.ts'
import { ServiceState, watchedService } from './admin/watched-service.ts'
import type { EventLog } from './log/event-log.ts'
import { terminal } from './terminal.ts'
import { withFlagNames } from './tls-flags.ts'
import { untilFinished } from './until-finished.ts'

export interface Run<O> {
  readonly server: Server<O>
  readonly options: ServeOptions<O>
  readonly admin: AdminAddress | undefined
  readonly report: (line: string) => void
}

export async function runAlone<O>({ server, options, admin: address, report }: Run<O>, log: EventLog): Promise<void> {
  const state = new ServiceState()
  const watched = address === undefined ? undefined : metricsOf(server, options, log)
  const admin =
    address === undefined || watched === undefined
      ? undefined
      : await openAdmin(address, watchedService(state, watched))
  const typed = terminal()
  const user = options.listen?.includes('stdio:') === true ? {} : { terminal: typed.source }
  const onEvent: ServeOptions<O>['onEvent'] = (event) => {
    watched?.onEvent(event)
    state.onEvent(event)
    log.onEvent(event)
  }
  try {
    const service = await withFlagNames(serve(server, { ...options, ...user, onEvent, report }))
    state.started(service)
    watched?.attach(service)
    for (const endpoint of service.endpoints) report(`${server.name} listening at ${endpoint}`)
    if (admin !== undefined) report(`${server.name} admin at ${admin.url}`)
    await untilFinished({
      finished: service.finished,
      stop: () => void service.stop(),
      // What is wrong with the files stands in the log; the old certificates go on.
      reload: options.tls === undefined ? undefined : () => void service.reload().catch(() => {})
    })
  } finally {
    typed.close()
    await admin?.close()
  }
}

function metricsOf<O>({ name }: Server<O>, { limits }: ServeOptions<O>, log: EventLog): ServiceMetrics {
  const { maxConnections } = new SharedAdmission(limits).limits
  return new ServiceMetrics(name, { log, maxConnections })
}
