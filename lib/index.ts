export type * from '../types/checkpoint.js'
export type * from '../types/config.js'
export type * from '../types/errors.js'
export type * from '../types/geometry.js'
export type * from '../types/hold.js'
export type * from '../types/hooks.js'
export type * from '../types/mig-nvml-config.js'
export type * from '../types/options.js'
export type * from '../types/plan.js'
export type * from '../types/render.js'
export type * from '../types/report.js'
export type * from '../types/state.js'
export type * from '../types/tracing.js'
export type * from '../types/watch.js'
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
} from './apply/index.js'
export { isMigError, isNvmlError, MigError, NvmlError } from './errors.js'
export { formatPlan } from './plan/text.js'
export { renderMachine, renderMachineSvg, renderPlan, renderPlanSvg } from './render/index.js'
