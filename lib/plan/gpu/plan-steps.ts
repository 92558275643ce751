import type {
  CreateComputeInstanceStep,
  CreateGpuInstanceStep,
  DestroyComputeInstanceStep,
  DestroyGpuInstanceStep,
  PlanReason,
  PlanStep,
  SetMigModeStep,
  TargetComputeInstance,
  TargetGpu,
  TargetGpuInstance,
} from '../../../types/machine/plan.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { ComputeInstance, GpuInstance, GpuState } from '../../../types/model/state.js'
import { isMigError } from '../../errors.js'
import type { ChangeReason } from '../../solver/repartition/change-reasons.js'
import { sortForCreation } from '../../solver/repartition/creation-order.js'
import { type Change, orderChanges } from '../../solver/repartition/order-changes.js'
import { compileGeometry } from '../../solver/tables/tables.js'
import { matchTarget, type TargetMatch } from './match-target.js'

/**
 * The calls that bring a GPU to a target, in the order in which they must run. Every prefix leaves a legal
 * state. `geometry` helps with old drivers, which choose the place of a GPU instance themselves: it gives
 * an order in which they choose the planned places, if there is one.
 */
export function planToTarget(
  gpu: GpuState,
  target: TargetGpu,
  geometry: Geometry | null = gpu.geometry,
): readonly PlanStep[] {
  const on = { gpu: gpu.uuid, gpuIndex: gpu.index }
  const { enabled, pending } = gpu.mig ?? { enabled: false, pending: false }
  const setMode = (mode: boolean): SetMigModeStep => ({
    kind: 'set-mig-mode',
    ...on,
    enabled: mode,
    reason: { kind: 'wanted' },
  })
  const wantedPending = target.migPending ?? target.migEnabled
  // A request for the present mode cancels a pending change.
  const changesMode =
    enabled !== target.migEnabled || (pending !== enabled && pending !== wantedPending)
  const pendingThen = changesMode ? target.migEnabled : pending
  const match = matchTarget(enabled ? gpu.gpuInstances : [], target)
  const missing = sortMissing(match, geometry)
  return [
    ...(changesMode && target.migEnabled ? [setMode(true)] : []),
    ...orderChanges({ ...match, missing }).map((change) => ({ ...toStep(change), ...on })),
    ...(changesMode && !target.migEnabled ? [setMode(false)] : []),
    ...(pendingThen === wantedPending
      ? []
      : [{ ...setMode(wantedPending), staysPending: true } as const]),
  ]
}

/** The order only matters to old drivers, so failing to find one must not fail the plan. */
function sortMissing(
  { kept, missing }: TargetMatch,
  geometry: Geometry | null,
): readonly TargetGpuInstance[] {
  const staying = kept.map(({ target }) => target)
  if (geometry !== null && missing.length > 1) {
    try {
      return sortForCreation(compileGeometry(geometry), staying, missing)
    } catch (error) {
      if (!isMigError(error)) throw error
    }
  }
  return sortForCreation(null, staying, missing)
}

type PlanChange = Change<GpuInstance, TargetGpuInstance, ComputeInstance, TargetComputeInstance>

function toStep(change: PlanChange): WithoutGpu<PlanStep> {
  const reason = toReason(change.reason)
  switch (change.kind) {
    case 'destroy-compute-instance':
      return { ...destroyComputeInstance(change.instance, change.part), reason }
    case 'destroy-gpu-instance':
      return { ...destroyGpuInstance(change.instance), reason }
    case 'create-gpu-instance':
      return { ...createGpuInstance(change.instance), reason }
    case 'create-compute-instance':
      return { ...createComputeInstance(change.instance, change.part), reason }
    default:
      return change satisfies never
  }
}

function toReason(reason: ChangeReason<TargetGpuInstance, TargetComputeInstance>): PlanReason {
  if (reason.kind !== 'in-the-way') return reason
  const { of, part } = reason
  return {
    kind: 'in-the-way',
    of:
      part === null
        ? { name: of.profileName, placement: of.placement }
        : { name: part.name, placement: part.placement },
  }
}

type WithoutGpu<Step> = Step extends unknown ? Omit<Step, 'gpu' | 'gpuIndex'> : never

function destroyComputeInstance(
  gpuInstance: GpuInstance,
  compute: ComputeInstance,
): WithoutGpu<DestroyComputeInstanceStep> {
  return {
    kind: 'destroy-compute-instance',
    gpuInstanceId: gpuInstance.id,
    computeInstanceId: compute.id,
    profileId: compute.profileId,
    name: compute.name,
    sliceCount: compute.sliceCount,
    placement: compute.placement,
    gpuInstancePlacement: gpuInstance.placement,
    uuid: compute.uuid,
  }
}

function destroyGpuInstance(instance: GpuInstance): WithoutGpu<DestroyGpuInstanceStep> {
  return {
    kind: 'destroy-gpu-instance',
    gpuInstanceId: instance.id,
    profileId: instance.profileId,
    profileName: instance.profileName,
    placement: instance.placement,
  }
}

function createGpuInstance(instance: TargetGpuInstance): WithoutGpu<CreateGpuInstanceStep> {
  return {
    kind: 'create-gpu-instance',
    profileId: instance.profileId,
    profileName: instance.profileName,
    placement: instance.placement,
  }
}

function createComputeInstance(
  instance: TargetGpuInstance,
  part: TargetComputeInstance,
): WithoutGpu<CreateComputeInstanceStep> {
  return {
    kind: 'create-compute-instance',
    gpuInstancePlacement: instance.placement,
    gpuInstanceProfileId: instance.profileId,
    name: part.name,
    sliceCount: part.sliceCount,
    ...(part.profileId === undefined ? {} : { profileId: part.profileId }),
    placement: part.placement,
  }
}
