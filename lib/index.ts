export type * from '../types/config.js'
export type * from '../types/errors.js'
export type * from '../types/geometry.js'
export type * from '../types/options.js'
export type * from '../types/plan.js'
export type * from '../types/report.js'
export type * from '../types/state.js'
export {
  applyMigConfig,
  assertMigConfig,
  exportMigConfig,
  planMigConfig,
  readMigState,
} from './apply/index.js'
export { isMigError, isNvmlError, MigError, NvmlError } from './errors.js'
export { formatPlan } from './plan/text.js'
export { renderMachine } from './render/index.js'
