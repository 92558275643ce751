import type { PlanStep } from '../../../types/machine/plan.js'
import { isNvmlError } from '../../errors.js'
import { modePermissionHint, permissionHint } from '../../model/permission-hints.js'

const hints: Readonly<Record<string, string>> = {
  NVML_ERROR_GPU_IS_LOST: 'the GPU fell off the bus: it needs a reset or a reboot',
  NVML_ERROR_NOT_SUPPORTED: 'this driver or platform does not allow MIG changes',
}

/** What drivers return for an occupied placement: the kernel module has `IN_USE`, NVML's header has the other code. */
const occupied: readonly string[] = ['NVML_ERROR_IN_USE', 'NVML_ERROR_INSUFFICIENT_RESOURCES']

/**
 * For an instance in use without a known holder. NVML lists no process that has an instance open without working on it
 * (NVIDIA/DCGM#95, #276).
 */
export const unknownHolderHint =
  'no process that holds it was found: look for monitoring that keeps instances open (DCGM: nv-hostengine, dcgm-exporter), in other containers too, and stop or restart it; root can inspect more processes'

/** What to do about an NVML error; `step` is the step that it refused. */
export function hintFor(error: unknown, step?: PlanStep['kind']): string | undefined {
  if (!isNvmlError(error)) return undefined
  if (error.code === 'NVML_ERROR_NO_PERMISSION')
    // The capability permits changes of instances only (MIG User Guide, device nodes and capabilities).
    return step === 'set-mig-mode' ? modePermissionHint : permissionHint(error.fn)
  if (step === 'create-compute-instance' && occupied.includes(error.code))
    return 'another program has made a compute instance there since the GPU was read: apply again'
  return hints[error.code]
}
