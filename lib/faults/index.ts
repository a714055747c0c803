/** The door of `it-serve/faults`: a bad network, for tests. */

export type { CutHow, Drawn, Faults } from './fault-plan.ts'
export {
  type Direction,
  type FaultProxy,
  type FaultProxyOptions,
  type FaultProxyStats,
  faultProxy
} from './fault-proxy.ts'
export type { FaultDone, FaultStats } from './fault-stats.ts'
export { type FaultsOptions, type FaultTransform, faults } from './faults.ts'
