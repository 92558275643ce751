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

/** A MIG device of a GPU whose instances are listed, so that its placement is known. */
export interface PlacedDevice {
  readonly gpu: GpuState
  readonly gpuInstance: GpuInstance
  readonly computeInstance: ComputeInstance
}

/** Finds a GPU by NVML index or by UUID. */
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

/** All MIG devices of a GPU, in the order of placements. */
export function listPlacedDevices(gpu: GpuState): readonly PlacedDevice[] {
  return gpu.gpuInstances.flatMap((gpuInstance) =>
    gpuInstance.computeInstances.map((computeInstance) => ({ gpu, gpuInstance, computeInstance })),
  )
}

/** The MIG devices of a GPU that this process sees. */
export function listSeenDevices(gpu: AnyGpuState): readonly VisibleMigDevice[] {
  if (gpu.gpuInstances === null) return gpu.migDevices
  return listPlacedDevices(gpu).map(seenDevice)
}

/** The device as its NVML handle describes it. */
export function seenDevice({ gpu, gpuInstance, computeInstance }: PlacedDevice): VisibleMigDevice {
  const profile = gpu.geometry?.profiles.find(({ id }) => id === gpuInstance.profileId)
  return {
    gpuInstanceId: gpuInstance.id,
    computeInstanceId: computeInstance.id,
    uuid: computeInstance.uuid,
    name: computeInstance.name,
    profileId: gpuInstance.profileId,
    sliceCount: computeInstance.sliceCount,
    memoryMiB: profile?.memoryMiB ?? null,
    ...(computeInstance.migIndex === undefined ? {} : { migIndex: computeInstance.migIndex }),
  }
}

/** How many MIG devices of each name this process sees on a GPU. A GPU instance without a compute instance is not a device. */
export function countMigDevices(gpu: AnyGpuState): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { name } of listSeenDevices(gpu)) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

// These compare an instance at two times. They cannot prove that it was not destroyed and created again in
// between. UUIDs do not count: the driver derives them from the two ids alone (open-gpu-kernel-modules,
// gpu_uuid.c and kernel_mig_manager.c), so the full 3g.20gb of a GPU instance and the first 1c.3g.20gb
// created after it share one (MIG User Guide).

export function isSameGpuInstance(a: GpuInstance, b: GpuInstance): boolean {
  return a.id === b.id && isSameInstance(a, b)
}

/** For compute instances of the same GPU instance. */
export function isSameComputeInstance(a: ComputeInstance, b: ComputeInstance): boolean {
  return a.id === b.id && a.profileId === b.profileId && isSamePlace(a.placement, b.placement)
}
