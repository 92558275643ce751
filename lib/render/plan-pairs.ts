import type { GpuPlan, MigPlan, TargetGpuInstance } from '../../types/machine/plan.js'
import type { GpuInstance, GpuState, MigState } from '../../types/model/state.js'
import { MigError } from '../errors.js'
import { requireListed } from '../model/unlisted.js'

/** A GPU of a plan, before and after. */
export interface PlanPair {
  readonly gpu: GpuState
  readonly after: GpuState
  readonly gpuPlan: GpuPlan
}

/** The pairs of all GPUs of the plan. */
export function pairsOf(before: MigState, plan: MigPlan): readonly PlanPair[] {
  return plan.gpus.map((gpuPlan) => {
    const found = before.gpus.find(({ uuid }) => uuid === gpuPlan.gpu)
    if (found === undefined)
      throw new MigError(
        'MIG_GPU_NOT_FOUND',
        `GPU ${gpuPlan.gpuIndex} of the plan is not in the state`,
      )
    const gpu = requireListed(found)
    return { gpu, after: stateAfter(gpu, gpuPlan), gpuPlan }
  })
}

/** The GPU after the plan. Its instances have no ids yet. */
function stateAfter(gpu: GpuState, { target }: GpuPlan): GpuState {
  const { migEnabled, migPending = migEnabled, gpuInstances } = target
  return {
    ...gpu,
    mig: gpu.mig === null ? null : { enabled: migEnabled, pending: migPending },
    gpuInstances: gpuInstances
      .map(instanceAfter)
      .sort((a, b) => a.placement.start - b.placement.start),
  }
}

function instanceAfter(target: TargetGpuInstance): GpuInstance {
  const { profileId, profileName, placement, computeInstances } = target
  return {
    id: -1,
    profileId,
    profileName,
    placement,
    computeInstances: computeInstances
      .toSorted((a, b) => (a.placement?.start ?? 0) - (b.placement?.start ?? 0))
      .map(({ name, sliceCount, placement: place }) => ({
        id: -1,
        profileId: -1,
        name,
        sliceCount,
        placement: place,
        uuid: null,
      })),
  }
}
