import type { GpuPlan } from '../../../types/machine/plan.js'
import type { GpuProcess, GpuState } from '../../../types/model/state.js'
import type { InfeasibleReason } from '../../../types/solver/explain.js'
import { isSamePlace } from '../../model/placement.js'
import { usersOf } from './current-layout.js'

/** What a change of a GPU's MIG mode does to it. */
export interface ModeChange {
  readonly gpu: GpuState
  /** The wanted mode. */
  readonly migEnabled: boolean
  /** This GPU changes its mode only by a reset. */
  readonly byReset: boolean
  /** The apply leaves the reset to somebody else. */
  readonly skipReset: boolean
}

/**
 * The processes that block a change of the MIG mode. Those that use the GPU or an instance always do;
 * those that have only opened the device node block a reset.
 */
export function holdersOfMode(
  { gpu, migEnabled, byReset, skipReset }: ModeChange,
  processes: readonly GpuProcess[],
): readonly GpuProcess[] {
  if (gpu.mig === null || gpu.mig.enabled === migEnabled) return []
  if (!byReset) return processes.filter((process) => process.opensNodeOnly !== true)
  if (!skipReset) return processes
  // The request alone disturbs no process, but MIG can be turned off only on a GPU without instances.
  return migEnabled ? [] : processes.filter((process) => process.gpuInstanceId !== null)
}

/**
 * The processes that keep a GPU from being divided. The driver refuses the first GPU instance while a
 * process uses the whole GPU, such as a display server or a profiler (open-gpu-kernel-modules,
 * kernel_mig_manager.c).
 */
export function usersOfWholeGpu(processes: readonly GpuProcess[]): readonly GpuProcess[] {
  return processes.filter(
    (process) => process.gpuInstanceId === null && process.opensNodeOnly !== true,
  )
}

/** Whether the first GPU instance of the plan is created on an empty GPU. */
export function dividesAnew(gpu: GpuState, { steps }: Pick<GpuPlan, 'steps'>): boolean {
  const destroyed = steps.filter((step) => step.kind === 'destroy-gpu-instance')
  return (
    steps.some((step) => step.kind === 'create-gpu-instance') &&
    destroyed.length === gpu.gpuInstances.length
  )
}

/** The processes that hold something that these steps destroy. */
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
        // A process that holds the GPU instance may be in any of its compute instances.
        (computeInstanceId === null || step.computeInstanceId === computeInstanceId)
      )
    }),
  )
}

/** The processes because of which the solver finds no layout, which would exist without them. */
export function usersInTheWay(
  gpu: GpuState,
  processes: readonly GpuProcess[],
  reason: InfeasibleReason,
): readonly GpuProcess[] {
  const blocking =
    reason.kind === 'pinned-unwanted'
      ? reason.instances
      : reason.kind === 'no-start'
        ? reason.conflict.pinned
        : []
  const instances = gpu.gpuInstances.filter((instance) =>
    blocking.some(({ placement }) => isSamePlace(placement, instance.placement)),
  )
  const holders = instances.flatMap((instance) => usersOf(instance, processes))
  return holders.length > 0
    ? holders
    : processes.filter((process) => process.gpuInstanceId !== null)
}
