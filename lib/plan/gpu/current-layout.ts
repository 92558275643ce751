import type {
  ComputeInstance,
  GpuInstance,
  GpuProcess,
  GpuState,
} from '../../../types/model/state.js'
import type { Layout, PlacedComputeInstance } from '../../../types/solver/layout.js'

/**
 * The present layout of a GPU, for the solver. It must not touch what is pinned. `mark` is for what
 * processes use: `pinned`, or `busy`, which goes only if there is no other way.
 */
export function currentLayout(
  gpu: GpuState,
  processes: readonly GpuProcess[] = [],
  pinned: ReadonlySet<ComputeInstance | GpuInstance> = new Set(),
  mark: 'pinned' | 'busy' = 'pinned',
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
        const marked = used ? { ...compute, [mark]: true } : compute
        return pinned.has(instance) ? { ...marked, pinned: true } : marked
      }),
      ...(usesAll ? { [mark]: true } : {}),
      ...(pinned.has(instance) ? { pinned: true } : {}),
    }
  })
}

/**
 * The same GPU with its compute instances in another order: first those that must not go, then those that
 * a process uses. If the driver reports no places (before R525), the first of equal ones stays.
 */
export function withUsedFirst(
  gpu: GpuState,
  processes: readonly GpuProcess[],
  pinned: ReadonlySet<ComputeInstance | GpuInstance> = new Set(),
): GpuState {
  if (processes.length === 0 && pinned.size === 0) return gpu
  return {
    ...gpu,
    gpuInstances: gpu.gpuInstances.map((instance) => {
      const users = new Set(usersOf(instance, processes).map((each) => each.computeInstanceId))
      const rank = (part: ComputeInstance): number =>
        pinned.has(part) ? 0 : users.has(part.id) ? 1 : 2
      const computeInstances = instance.computeInstances.toSorted((a, b) => rank(a) - rank(b))
      return { ...instance, computeInstances }
    }),
  }
}

export function usersOf(
  instance: GpuInstance,
  processes: readonly GpuProcess[],
): readonly GpuProcess[] {
  return processes.filter((process) => process.gpuInstanceId === instance.id)
}
