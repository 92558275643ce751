import type { Certainty } from '../../../types/containers/planned.js'
import type {
  CreateComputeInstanceStep,
  CreateGpuInstanceStep,
  GpuPlan,
  PlanStep,
} from '../../../types/machine/plan.js'
import type {
  ComputeInstance,
  GpuInstance,
  GpuState,
  ListedMigState,
} from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { isSamePlace, overlaps } from '../../model/placement.js'
import { findGpu } from '../../model/state.js'
import { instanceIdsOf } from './instance-ids.js'

/** Where a device of a planned GPU comes from. */
export interface Origin {
  readonly origin: 'created'
  readonly ids: Certainty
  readonly uuid: Certainty
}

/** A GPU after the steps of its plan. */
export interface PlannedGpu {
  readonly gpu: GpuState
  /** For compute instances that are created. */
  readonly origins: ReadonlyMap<ComputeInstance, Origin>
  /** Whether every id is known or expected. Otherwise ids that are unknown are negative. */
  readonly isNumbered: boolean
}

/** Takes the steps of a plan one after the other on a copy of the GPU. */
export function runSteps(state: ListedMigState, plan: GpuPlan): PlannedGpu {
  const before = findGpu(state, plan.gpu)
  if (before === null)
    throw new MigError('MIG_GPU_NOT_FOUND', `the plan has GPU ${plan.gpu}, and the state has not`)
  const origins = new Map<ComputeInstance, Origin>()
  const { idAt, uuidAt } = instanceIdsOf(before)
  let gpu = before

  function createGpuInstance(step: CreateGpuInstanceStep): GpuInstance {
    const { profileId, profileName, placement } = step
    const id = idAt(placement) ?? -1 - placement.start
    return { id, profileId, profileName, placement, computeInstances: [] }
  }

  function createComputeInstance(
    step: CreateComputeInstanceStep,
    instance: GpuInstance,
  ): ComputeInstance {
    const taken = instance.computeInstances.map(({ id }) => id)
    let id = 0
    while (taken.includes(id)) id += 1
    const uuid = instance.id < 0 ? null : uuidAt(instance.id, id)
    const { name, sliceCount, placement } = step
    const compute = { id, profileId: profileOf(step, gpu), name, sliceCount, placement, uuid }
    origins.set(compute, {
      origin: 'created',
      ids: instance.id < 0 ? 'unknown' : 'expected',
      uuid: uuid === null ? 'unknown' : 'expected',
    })
    return compute
  }

  function take(step: PlanStep): GpuState {
    switch (step.kind) {
      case 'set-mig-mode':
        return {
          ...gpu,
          mig: {
            enabled: step.staysPending === true ? gpu.mig?.enabled === true : step.enabled,
            pending: step.enabled,
          },
          gpuInstances: [],
        }
      case 'destroy-gpu-instance':
        requireFit(
          gpu,
          gpu.gpuInstances.some(({ id }) => id === step.gpuInstanceId),
          'destroys',
        )
        return {
          ...gpu,
          gpuInstances: gpu.gpuInstances.filter((each) => each.id !== step.gpuInstanceId),
        }
      case 'create-gpu-instance':
        requireFit(
          gpu,
          !gpu.gpuInstances.some(({ placement }) => overlaps(placement, step.placement)),
          'creates',
        )
        return {
          ...gpu,
          gpuInstances: [...gpu.gpuInstances, createGpuInstance(step)].sort(
            (a, b) => a.placement.start - b.placement.start,
          ),
        }
      case 'destroy-compute-instance':
        return withInstance(
          gpu,
          ({ id }) => id === step.gpuInstanceId,
          ({ computeInstances }) =>
            computeInstances.filter(({ id }) => id !== step.computeInstanceId),
        )
      case 'create-compute-instance':
        return withInstance(
          gpu,
          ({ placement }) => isSamePlace(placement, step.gpuInstancePlacement),
          (instance) =>
            [...instance.computeInstances, createComputeInstance(step, instance)].sort(
              (a, b) => (a.placement?.start ?? a.id) - (b.placement?.start ?? b.id),
            ),
        )
    }
  }

  for (const step of plan.steps) gpu = take(step)
  return { gpu, origins, isNumbered: gpu.gpuInstances.every(({ id }) => id >= 0) }
}

function withInstance(
  gpu: GpuState,
  isThe: (instance: GpuInstance) => boolean,
  change: (instance: GpuInstance) => readonly ComputeInstance[],
): GpuState {
  requireFit(gpu, gpu.gpuInstances.some(isThe), 'changes')
  return {
    ...gpu,
    gpuInstances: gpu.gpuInstances.map((each) =>
      isThe(each) ? { ...each, computeInstances: change(each) } : each,
    ),
  }
}

function requireFit({ index }: GpuState, fits: boolean, does: keyof typeof misfits): void {
  if (fits) return
  throw new MigError(
    'MIG_GPU_NOT_FOUND',
    `the plan ${does} a GPU instance ${misfits[does](index)}`,
    { hint: 'plan again from this state' },
  )
}

const lacks = (index: number): string => `that GPU ${index} of the state does not have`
const misfits = {
  changes: lacks,
  destroys: lacks,
  creates: (index: number): string => `where GPU ${index} of the state has another`,
}

/** The profile of the step; without one, of those with its slices the one with the most multiprocessors. */
function profileOf(
  { profileId, gpuInstanceProfileId, sliceCount }: CreateComputeInstanceStep,
  { geometry }: GpuState,
): number {
  if (profileId !== undefined) return profileId
  const parent = geometry?.profiles.find(({ id }) => id === gpuInstanceProfileId)
  const [best] = (parent?.computeInstanceProfiles ?? [])
    .filter((each) => each.sliceCount === sliceCount)
    .sort((a, b) => b.multiprocessorCount - a.multiprocessorCount)
  return best?.id ?? sliceCount - 1
}
