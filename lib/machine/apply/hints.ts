import type { PlanStep } from '../../../types/machine/plan.js'
import { isNvmlError } from '../../errors.js'
import { configPermissionHint, modePermissionHint } from '../../model/unlisted.js'

const hints: Readonly<Record<string, string>> = {
  NVML_ERROR_NO_PERMISSION: configPermissionHint,
  NVML_ERROR_GPU_IS_LOST: 'the GPU fell off the bus: it needs a reset or a reboot',
  NVML_ERROR_NOT_SUPPORTED: 'this driver or platform does not let MIG be changed here',
}

/** What drivers answer for a place that is not free: by their kernel module in use, by their header the other. */
const occupied: readonly string[] = ['NVML_ERROR_IN_USE', 'NVML_ERROR_INSUFFICIENT_RESOURCES']

/**
 * For an instance that is in use though no process that holds it was found (NVIDIA/DCGM#95, #276). Clients
 * of the driver that have an instance open without working on it are in no list of NVML's.
 */
export const unknownHolderHint =
  'no process that holds it was found: look for monitoring that keeps instances open (DCGM: nv-hostengine, dcgm-exporter), in other containers too, and stop or restart it; as root more processes can be looked into'

/** What to do about an NVML code, where there is something to say; `step` is what it refused. */
export function hintFor(error: unknown, step?: PlanStep['kind']): string | undefined {
  if (!isNvmlError(error)) return undefined
  // The capability is for instances alone (MIG User Guide, device nodes and capabilities).
  if (step === 'set-mig-mode' && error.code === 'NVML_ERROR_NO_PERMISSION')
    return modePermissionHint
  if (step === 'create-compute-instance' && occupied.includes(error.code))
    return 'another program has made a compute instance there since the GPU was read: apply again'
  return hints[error.code]
}
