import type { Placement } from '../../types/geometry.js'
import type {
  CreateComputeInstanceStep,
  CreateGpuInstanceStep,
  DestroyComputeInstanceStep,
  DestroyGpuInstanceStep,
  PlanStep,
  SetMigModeStep,
  TargetComputeInstance,
  TargetGpu,
  TargetGpuInstance,
} from '../../types/plan.js'
import type { ComputeInstance, GpuInstance, GpuState } from '../../types/state.js'
import { matchTarget } from './match-target.js'

/**
 * The calls that bring a GPU to a target, in the order in which they must run; every prefix leaves a
 * legal state.
 *
 * Compute instances go before any GPU instance: theirs is the call that a driver refuses while a
 * process uses the device, and until then nothing but compute instances has to be made again. The
 * small ones go first, so that a refusal has cost the least. Large GPU instances are made first, for
 * drivers that choose the place by themselves.
 */
export function planToTarget(gpu: GpuState, target: TargetGpu): readonly PlanStep[] {
  const on = { gpu: gpu.uuid, gpuIndex: gpu.index }
  const { enabled, pending } = gpu.mig ?? { enabled: false, pending: false }
  const setMode = (mode: boolean): SetMigModeStep => ({
    kind: 'set-mig-mode',
    ...on,
    enabled: mode,
  })
  const wantedPending = target.migPending ?? target.migEnabled
  // A pending change is called off by asking for the mode that there is.
  const changesMode =
    enabled !== target.migEnabled || (pending !== enabled && pending !== wantedPending)
  const pendingThen = changesMode ? target.migEnabled : pending
  const live = enabled ? gpu.gpuInstances : []
  const { kept, surplus, missing } = matchTarget(live, target)

  const goingCompute = [
    ...surplus.flatMap((gpuInstance) =>
      gpuInstance.computeInstances.map((compute) => ({ gpuInstance, compute })),
    ),
    ...kept.flatMap(({ instance, surplus: parts }) =>
      parts.map((compute) => ({ gpuInstance: instance, compute })),
    ),
  ].sort(
    (a, b) =>
      a.compute.sliceCount - b.compute.sliceCount ||
      a.gpuInstance.placement.start - b.gpuInstance.placement.start ||
      a.compute.id - b.compute.id,
  )
  const making = [
    ...missing.map((instance) => ({ instance, exists: false, parts: instance.computeInstances })),
    ...kept.map(({ target: instance, missing: parts }) => ({ instance, exists: true, parts })),
  ].sort((a, b) => largestFirst(a.instance.placement, b.instance.placement))

  return [
    ...(changesMode && target.migEnabled ? [setMode(true)] : []),
    ...goingCompute.map(({ gpuInstance, compute }) => ({
      ...destroyComputeInstance(gpuInstance, compute),
      ...on,
    })),
    ...[...surplus]
      .sort((a, b) => largestFirst(b.placement, a.placement))
      .map((instance) => ({ ...destroyGpuInstance(instance), ...on })),
    ...making.flatMap(({ instance, exists, parts }) => [
      ...(exists ? [] : [{ ...createGpuInstance(instance), ...on }]),
      ...[...parts]
        .sort((a, b) => b.sliceCount - a.sliceCount || startOf(a) - startOf(b))
        .map((part) => ({ ...createComputeInstance(instance, part), ...on })),
    ]),
    ...(changesMode && !target.migEnabled ? [setMode(false)] : []),
    ...(pendingThen === wantedPending ? [] : [setMode(wantedPending)]),
  ]
}

type WithoutGpu<Step> = Omit<Step, 'gpu' | 'gpuIndex'>

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

function largestFirst(a: Placement, b: Placement): number {
  return b.size - a.size || a.start - b.start
}

function startOf(part: TargetComputeInstance): number {
  return part.placement?.start ?? 0
}
