import { isMigError, isNvmlError } from '../errors.js'

/** How `mig-nvml boot` ends where it does not end with 0 or 1, by names of sysexits(3), which systemd shows. docs/boot.md lists them. */
export const exitStatuses = { unavailable: 69, temporary: 75, permission: 77, config: 78 } as const

const byCode: Readonly<Record<string, 69 | 75 | 77 | 78>> = {
  MIG_DRIVER_NOT_READY: 69,
  MIG_DRIVER_NOT_FOUND: 69,
  NVML_ERROR_DRIVER_NOT_LOADED: 69,
  MIG_NATIVE_UNAVAILABLE: 69,
  MIG_REBOOT_REQUIRED: 75,
  MIG_NO_PERMISSION: 77,
  NVML_ERROR_NO_PERMISSION: 77,
  MIG_CONFIG_INVALID: 78,
  MIG_CONFIG_NOT_FOUND: 78,
  MIG_CONFIG_CONFLICT: 78,
  MIG_ENTRY_MATCHES_NO_GPU: 78,
  MIG_PROFILE_UNKNOWN: 78,
  MIG_PARTITION_INFEASIBLE: 78,
  MIG_NOT_SUPPORTED: 78,
  MIG_CHECKPOINT_INVALID: 78,
  MIG_GPU_NOT_FOUND: 78,
  MIG_STATE_FAILED: 78,
}

/** 1 for an error that has no status of its own. */
export function bootExitStatus(error: unknown): 1 | 69 | 75 | 77 | 78 {
  // What a step has failed with says more than that it has failed.
  if (isMigError(error) && error.code === 'MIG_STEP_FAILED') return bootExitStatus(error.cause)
  if (isMigError(error) || isNvmlError(error)) return byCode[error.code] ?? 1
  // A file that the choice names cannot be read.
  return error instanceof Error && 'syscall' in error ? exitStatuses.config : 1
}
