import type { Layout, PlacedComputeInstance } from '../../types/solver.js'
import type { ComputeInstance, GpuInstance, GpuProcess, GpuState } from '../../types/state.js'

/**
 * What is on a GPU, as the solver takes it. Where a process is, nothing may be touched, nor may what is
 * pinned.
 */
export function currentLayout(
  gpu: GpuState,
  processes: readonly GpuProcess[] = [],
  pinned: ReadonlySet<ComputeInstance> = new Set(),
): Layout {
  if (gpu.mig?.enabled !== true) return []
  return gpu.gpuInstances.map((instance) => {
    const { profileId, placement, computeInstances } = instance
    const users = usersOf(instance, processes)
    const usesAll = users.some((process) => process.computeInstanceId === null)
    return {
      profileId,
      placement,
      computeInstances: computeInstances.map((instance) => {
        const { id, sliceCount, placement: place } = instance
        const compute: PlacedComputeInstance = { sliceCount, placement: place }
        const used = users.some((process) => process.computeInstanceId === id)
        return used || pinned.has(instance) ? { ...compute, pinned: true } : compute
      }),
      ...(usesAll ? { pinned: true } : {}),
    }
  })
}

export function usersOf(
  instance: GpuInstance,
  processes: readonly GpuProcess[],
): readonly GpuProcess[] {
  return processes.filter((process) => process.gpuInstanceId === instance.id)
}
