import type { Certainty, PlannedDevice, PlannedState } from '../../../types/containers/planned.js'
import type { MigPlan } from '../../../types/machine/plan.js'
import type { GpuState, ListedMigState, MigState } from '../../../types/model/state.js'
import { checkPlan, checkState } from '../../model/check-state.js'
import { deepFreeze } from '../../model/freeze.js'
import { requireListedState } from '../../model/unlisted.js'
import { migDevicesOf } from '../devices/list-devices.js'
import { type PlannedGpu, runSteps } from './run-steps.js'

/**
 * The machine as it will be after a plan, with what is known of names and ids before it runs: ids of GPU instances follow
 * from their place, where the kind of the board shows; a compute instance gets the lowest free id; a device has the
 * UUID of an earlier one with its ids, if the state has one.
 *
 * @throws MigError `MIG_NO_PERMISSION` for a state without the instances of a GPU; `MIG_GPU_NOT_FOUND` for a plan of other
 *   GPUs, or steps that do not fit the state.
 */
export function plannedState(state: MigState, plan: MigPlan): PlannedState {
  checkState('plannedState', state)
  checkPlan('plannedState', plan)
  const listed: ListedMigState = requireListedState(state)
  const planned = new Map(
    plan.gpus.map((gpuPlan) => [gpuPlan.gpu, runSteps(listed, gpuPlan)] as const),
  )
  const gpus = listed.gpus.flatMap((gpu) => {
    const after = planned.get(gpu.uuid)
    if (after === undefined) return [gpu]
    return after.isNumbered ? [after.gpu] : []
  })
  return deepFreeze({
    state: { ...listed, gpus },
    devices: [...planned.values()].flatMap((after) => describe(after, listed)),
  })
}

function describe(after: PlannedGpu, { deviceNumbers }: MigState): readonly PlannedDevice[] {
  const { gpu, origins, isNumbered } = after
  const indexes = isNumbered ? migDevicesOf(gpu, deviceNumbers) : []
  const ofIndex = certaintyOfIndex(gpu, after)
  return gpu.gpuInstances.flatMap((instance) =>
    instance.computeInstances.map((compute): PlannedDevice => {
      const { origin, ids, uuid } = origins.get(compute) ?? kept
      const isUnknown = ids === 'unknown'
      const index = indexes.find(
        (each) => each.gpuInstanceId === instance.id && each.computeInstanceId === compute.id,
      )
      return {
        gpu: gpu.uuid,
        gpuIndex: gpu.index,
        origin,
        name: compute.name,
        placement: instance.placement,
        computePlacement: compute.placement,
        gpuInstanceId: isUnknown ? null : instance.id,
        computeInstanceId: isUnknown ? null : compute.id,
        index: index?.names.index ?? null,
        uuid: compute.uuid,
        certainty: { ids, index: ofIndex, uuid },
      }
    }),
  )
}

const kept = { origin: 'kept', ids: 'known', uuid: 'known' } as const

/** An index depends on every id of the GPU. */
function certaintyOfIndex(gpu: GpuState, { origins, isNumbered }: PlannedGpu): Certainty {
  if (!isNumbered) return 'unknown'
  const computes = gpu.gpuInstances.flatMap(({ computeInstances }) => computeInstances)
  return computes.every((compute) => (origins.get(compute) ?? kept).ids === 'known')
    ? 'known'
    : 'expected'
}
