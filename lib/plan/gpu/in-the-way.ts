import type { GpuPlan } from '../../../types/machine/plan.js'
import type { GpuProcess, GpuState } from '../../../types/model/state.js'

/** What a change of a GPU's MIG mode does to it. */
export interface ModeChange {
  readonly gpu: GpuState
  /** The wanted mode. */
  readonly migEnabled: boolean
  /** It takes a reset, on this GPU. */
  readonly byReset: boolean
  /** The reset is left to somebody else. */
  readonly skipReset: boolean
}

/**
 * Who keeps a GPU from another MIG mode. Who works on the GPU or in an instance always does; who has
 * merely opened it keeps it from a reset.
 */
export function holdersOfMode(
  { gpu, migEnabled, byReset, skipReset }: ModeChange,
  processes: readonly GpuProcess[],
): readonly GpuProcess[] {
  if (gpu.mig === null || gpu.mig.enabled === migEnabled) return []
  if (!byReset) return processes.filter((process) => process.opensNodeOnly !== true)
  if (!skipReset) return processes
  // The request alone disturbs nobody; but MIG is turned off on a GPU without instances only.
  return migEnabled ? [] : processes.filter((process) => process.gpuInstanceId !== null)
}

/**
 * Who keeps a GPU from being divided: its first GPU instance is refused while anybody works on the
 * whole of it, be it a display server or a profiler (open-gpu-kernel-modules, kernel_mig_manager.c).
 */
export function usersOfWholeGpu(processes: readonly GpuProcess[]): readonly GpuProcess[] {
  return processes.filter(
    (process) => process.gpuInstanceId === null && process.opensNodeOnly !== true,
  )
}

export function dividesAnew(gpu: GpuState, { steps }: Pick<GpuPlan, 'steps'>): boolean {
  const destroyed = steps.filter((step) => step.kind === 'destroy-gpu-instance')
  return (
    steps.some((step) => step.kind === 'create-gpu-instance') &&
    destroyed.length === gpu.gpuInstances.length
  )
}

/** Who holds something that these steps destroy. */
export function usersOfDestroyed(
  { steps }: Pick<GpuPlan, 'steps'>,
  processes: readonly GpuProcess[],
): readonly GpuProcess[] {
  return processes.filter(({ gpuInstanceId, computeInstanceId }) =>
    steps.some((step) => {
      if (step.kind === 'destroy-gpu-instance') return step.gpuInstanceId === gpuInstanceId
      return (
        step.kind === 'destroy-compute-instance' &&
        step.gpuInstanceId === gpuInstanceId &&
        // Who holds the GPU instance may be in any of its parts.
        (computeInstanceId === null || step.computeInstanceId === computeInstanceId)
      )
    }),
  )
}
