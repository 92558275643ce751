export type * from '../types/config/config.js'
export type * from '../types/config/mig-nvml-config.js'
export type * from '../types/config/request.js'
export type * from '../types/machine/cdi.js'
export type * from '../types/machine/cdi-file.js'
export type * from '../types/machine/checkpoint.js'
export type * from '../types/machine/clients.js'
export type * from '../types/machine/device-nodes.js'
export type * from '../types/machine/errors.js'
export type * from '../types/machine/events.js'
export type * from '../types/machine/hold.js'
export type * from '../types/machine/hooks.js'
export type * from '../types/machine/metrics.js'
export type * from '../types/machine/options.js'
export type * from '../types/machine/pci.js'
export type * from '../types/machine/plan.js'
export type * from '../types/machine/render.js'
export type * from '../types/machine/report.js'
export type * from '../types/machine/tracing.js'
export type * from '../types/machine/watch.js'
export type * from '../types/model/device-numbers.js'
export type * from '../types/model/errors.js'
export type * from '../types/model/geometry.js'
export type * from '../types/model/state.js'
export type * from '../types/model/usage.js'
export { isMigError, isNvmlError, MigError, NvmlError } from './errors.js'
export {
  createCapabilityNodes,
  followCdiSpec,
  listCapabilityNodes,
  readDriverFiles,
  readMigMetrics,
  readPciModes,
  serveMigMetrics,
  setPciModes,
  writeCdiSpec,
} from './machine/host.js'
export {
  applyMigConfig,
  assertMigConfig,
  checkpointMig,
  exportMigConfig,
  generateMigConfig,
  holdMigConfig,
  planMigConfig,
  readMigState,
  recoverMig,
  restoreMig,
  startMigConfig,
  watchMigState,
  withMigConfig,
} from './machine/index.js'
export { migMetrics } from './metrics/mig-metrics.js'
export { listMigDevices } from './model/mig-devices.js'
export { formatPlan } from './plan/text.js'
export { renderMachine } from './render/machine.js'
export { renderPlan } from './render/plan.js'
export { renderMachineSvg } from './render/svg-machine.js'
export { renderPlanSvg } from './render/svg-plan.js'
