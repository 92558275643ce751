import type {
  AnyGpuState,
  ComputeInstance,
  GpuInstance,
  GpuState,
  GpuUuid,
  ListedMigState,
  VisibleMigDevice,
} from '../../types/model/state.js'

import { isSameInstance, isSamePlace } from './placement.js'

/** One (GPU, GPU instance, compute instance) triple: what CUDA sees as a device. */
export interface MigDevice {
  readonly gpu: GpuState
  readonly gpuInstance: GpuInstance
  readonly computeInstance: ComputeInstance
}

/** By NVML index or by UUID. */
export function findGpu<Gpu extends AnyGpuState>(
  { gpus }: { readonly gpus: readonly Gpu[] },
  gpu: number | string,
): Gpu | null {
  return gpus.find(({ index, uuid }) => index === gpu || uuid === gpu) ?? null
}

/** The GPU of a plan, in the state that the plan was made from. */
export function gpuOf(state: ListedMigState, { gpu: uuid }: { readonly gpu: GpuUuid }): GpuState {
  const gpu = findGpu(state, uuid)
  if (gpu === null) throw new Error(`no ${uuid} in the state that was planned from`)
  return gpu
}

/** In the order of `gpuInstances` and `computeInstances`, that is of placement. */
export function listMigDevices(gpu: GpuState): readonly MigDevice[] {
  return gpu.gpuInstances.flatMap((gpuInstance) =>
    gpuInstance.computeInstances.map((computeInstance) => ({ gpu, gpuInstance, computeInstance })),
  )
}

/** The MIG devices of a GPU that this process sees. */
export function listSeenDevices(gpu: AnyGpuState): readonly VisibleMigDevice[] {
  if (gpu.gpuInstances === null) return gpu.migDevices
  return listMigDevices(gpu).map(seenDevice)
}

/** As its handle would describe it. */
export function seenDevice({ gpu, gpuInstance, computeInstance }: MigDevice): VisibleMigDevice {
  const profile = gpu.geometry?.profiles.find(({ id }) => id === gpuInstance.profileId)
  return {
    gpuInstanceId: gpuInstance.id,
    computeInstanceId: computeInstance.id,
    uuid: computeInstance.uuid,
    name: computeInstance.name,
    profileId: gpuInstance.profileId,
    sliceCount: computeInstance.sliceCount,
    memoryMiB: profile?.memoryMiB ?? null,
  }
}

/** How many MIG devices of each name are seen on a GPU. GPU instances without a compute instance are none. */
export function countMigDevices(gpu: AnyGpuState): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { name } of listSeenDevices(gpu)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

// What a driver shows of an instance, at two times. None of it proves that the instance was not
// destroyed and made again in between. A UUID is no part of the comparison: the driver makes it of
// the two ids alone (open-gpu-kernel-modules, gpu_uuid.c and kernel_mig_manager.c), so the
// full 3g.20gb of a GPU instance and the first 1c.3g.20gb made after it share one (MIG User Guide).

export function isSameGpuInstance(a: GpuInstance, b: GpuInstance): boolean {
  return a.id === b.id && isSameInstance(a, b)
}

/** Both are of GPU instances that are the same. */
export function isSameComputeInstance(a: ComputeInstance, b: ComputeInstance): boolean {
  return a.id === b.id && a.profileId === b.profileId && isSamePlace(a.placement, b.placement)
}
