import type { ComputeInstance, GpuInstance, GpuState, MigState } from '../../types/state.js'

/** One (GPU, GPU instance, compute instance) triple: what CUDA sees as a device. */
export interface MigDevice {
  readonly gpu: GpuState
  readonly gpuInstance: GpuInstance
  readonly computeInstance: ComputeInstance
}

/** By NVML index or by UUID. */
export function findGpu(state: MigState, gpu: number | string): GpuState | null {
  return state.gpus.find(({ index, uuid }) => index === gpu || uuid === gpu) ?? null
}

/** In the order of `gpuInstances` and `computeInstances`, that is of placement. */
export function listMigDevices(gpu: GpuState): readonly MigDevice[] {
  return gpu.gpuInstances.flatMap((gpuInstance) =>
    gpuInstance.computeInstances.map((computeInstance) => ({ gpu, gpuInstance, computeInstance })),
  )
}

/** How many MIG devices of each name live on a GPU. GPU instances without a compute instance are none. */
export function countMigDevices(gpu: GpuState): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { computeInstance } of listMigDevices(gpu)) {
    counts.set(computeInstance.name, (counts.get(computeInstance.name) ?? 0) + 1)
  }
  return counts
}
