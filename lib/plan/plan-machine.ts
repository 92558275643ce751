import type { GpuPlan, MigPlan } from '../../types/machine/plan.js'
import type { GpuProcess, GpuUuid } from '../../types/model/state.js'
import type { LayoutInfeasible } from '../../types/solver/explain.js'
import { deepFreeze } from '../model/freeze.js'
import type { WantedGpu, WantedMachine } from '../model/wanted.js'
import { settleGroups } from './choose/settle.js'
import { planGpu } from './gpu/plan-gpu.js'
import type { GpuInUse, PlanningOptions } from './gpu/planning.js'
import { infeasibleError, inUseError, type RefusedGpu, rejectDriverLimits } from './refuse.js'

/**
 * Plans every GPU that a configuration names. If one GPU cannot get what is wanted, nothing is planned.
 * Throws `MIG_PARTITION_INFEASIBLE`, with a place in the document for each such GPU, or `MIG_IN_USE` if
 * only the given processes are in the way. Limits of the driver itself also count as infeasible.
 */
export function planMachine(
  wanted: WantedMachine,
  processes: ReadonlyMap<GpuUuid, readonly GpuProcess[]> = new Map(),
  options: PlanningOptions = {},
): MigPlan {
  const results = settleGroups(wanted, processes, options).map((gpu) => ({
    wanted: gpu,
    result: planGpu(gpu, processes.get(gpu.gpu.uuid), options),
  }))
  const infeasible: RefusedGpu<LayoutInfeasible>[] = []
  const inUse: RefusedGpu<GpuInUse>[] = []
  const planned: { wanted: WantedGpu; plan: GpuPlan }[] = []
  for (const { wanted: gpu, result } of results) {
    if (result.kind === 'infeasible') infeasible.push({ wanted: gpu, refusal: result })
    if (result.kind === 'plan') planned.push({ wanted: gpu, plan: result.plan })
    if (result.kind === 'in-use') inUse.push({ wanted: gpu, refusal: result })
  }
  // If the devices do not fit at all, it would not help to stop a process.
  if (infeasible.length > 0) throw infeasibleError(wanted, infeasible)
  rejectDriverLimits(wanted, planned, options.driverVersion)
  if (inUse.length > 0) throw inUseError(inUse)
  return deepFreeze({
    config: wanted.config,
    gpus: planned.map(({ plan }) => plan).sort((a, b) => a.gpuIndex - b.gpuIndex),
    warnings: [...wanted.warnings],
  })
}
