export { listCandidates, settleGroups } from './choose/settle.js'
export {
  type GpuInUse,
  type GpuPlanResult,
  type PlanningOptions,
  planGpu,
} from './plan-gpu.js'
export { planMachine } from './plan-machine.js'
export { planToTarget } from './plan-steps.js'
export { pendingTarget, targetToRestore } from './target.js'
export { formatPlan, formatStep } from './text.js'
export type { WantedChoice, WantedGpu, WantedMachine, WantedSpread } from './wanted.js'
