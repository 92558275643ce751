import type { GpuPlan, MigPlan } from '../../../types/machine/plan.js'
import type { AnyGpuState, GpuProcess, MigDevice, MigState } from '../../../types/model/state.js'
import { devicesOf } from '../../model/mig-devices.js'

/** A part of a machine that a plan takes away from whatever uses it. */
export interface Destroyed {
  readonly gpu: AnyGpuState
  /** Null: the GPU as a whole, with all of its devices. */
  readonly device: MigDevice | null
}

/** Everything of a machine. */
export function allOf(state: MigState): readonly Destroyed[] {
  return state.gpus.map((gpu) => ({ gpu, device: null }))
}

/** What a plan destroys. A change of the MIG mode takes the whole GPU, and so does its division anew. */
export function destroyedBy(state: MigState, { gpus }: MigPlan): readonly Destroyed[] {
  return gpus.flatMap((plan): readonly Destroyed[] => {
    const gpu = state.gpus.find(({ uuid }) => uuid === plan.gpu)
    if (gpu === undefined) return []
    if (takesWholeGpu(gpu, plan)) return [{ gpu, device: null }]
    return devicesOf(gpu)
      .filter((device) => isDestroyed(device, plan))
      .map((device) => ({ gpu, device }))
  })
}

/**
 * The driver creates no first GPU instance while a process uses the whole GPU (open-gpu-kernel-modules,
 * kernel_mig_manager.c).
 */
function takesWholeGpu(gpu: AnyGpuState, { steps }: GpuPlan): boolean {
  const count = (kind: GpuPlan['steps'][number]['kind']): number =>
    steps.filter((step) => step.kind === kind).length
  if (count('set-mig-mode') > 0) return true
  return (
    count('create-gpu-instance') > 0 && gpu.gpuInstances?.length === count('destroy-gpu-instance')
  )
}

function isDestroyed(device: MigDevice, { steps }: GpuPlan): boolean {
  return steps.some(
    (step) =>
      (step.kind === 'destroy-gpu-instance' && step.gpuInstanceId === device.gpuInstanceId) ||
      (step.kind === 'destroy-compute-instance' &&
        step.gpuInstanceId === device.gpuInstanceId &&
        step.computeInstanceId === device.computeInstanceId),
  )
}

/** Whether a process is on it. One that has only opened the device node is in the way of nothing but a reset. */
export function isUsedBy(
  { device }: Destroyed,
  { gpuInstanceId, computeInstanceId, opensNodeOnly }: GpuProcess,
): boolean {
  if (opensNodeOnly === true) return false
  if (device === null || gpuInstanceId === null) return device === null
  return (
    gpuInstanceId === device.gpuInstanceId &&
    (computeInstanceId === null || computeInstanceId === device.computeInstanceId)
  )
}

/** `3g.20gb at 4 on GPU 2` */
export function describeDestroyed({ gpu, device }: Destroyed): string {
  if (device === null) return `GPU ${gpu.index}`
  const at = device.placement === null ? '' : ` at ${device.placement.start}`
  return `${device.name}${at} on GPU ${gpu.index}`
}
