import type { GpuUuid } from './state.js'

/** NVML's return codes by name. A code that this version does not know is `NVML_ERROR_<number>`. */
export type NvmlCode = `NVML_ERROR_${string}`

/** This library's own codes. They are part of the API; `docs/errors.md` lists the cause and the remedy of each. */
export type MigCode =
  | 'MIG_CONFIG_INVALID'
  | 'MIG_CONFIG_NOT_FOUND'
  | 'MIG_CONFIG_CONFLICT'
  | 'MIG_ENTRY_MATCHES_NO_GPU'
  | 'MIG_NOT_SUPPORTED'
  | 'MIG_MODE_OFF'
  | 'MIG_GPU_LOST'
  | 'MIG_NO_PERMISSION'
  | 'MIG_PROFILE_UNKNOWN'
  | 'MIG_PARTITION_INFEASIBLE'
  | 'MIG_GEOMETRY_UNKNOWN'
  | 'MIG_SOLVER_INPUT'
  | 'MIG_SOLVER_LIMIT'
  | 'MIG_FLEET_INVALID'
  | 'MIG_IN_USE'
  | 'MIG_RESET_REQUIRED'
  | 'MIG_REBOOT_REQUIRED'
  | 'MIG_RESET_TIMEOUT'
  | 'MIG_PCI_FAILED'
  | 'MIG_STEP_FAILED'
  | 'MIG_STRATEGY_INVALID'
  | 'MIG_DRA_INVALID'
  | 'MIG_LAYOUT_INVALID'
  | 'MIG_VERIFY_FAILED'
  | 'MIG_DRIVER_NOT_FOUND'
  | 'MIG_DRIVER_INVALID'
  | 'MIG_NATIVE_UNAVAILABLE'
  | 'MIG_LISTEN_FAILED'
  | 'MIG_LOCK_FAILED'
  | 'MIG_JOURNAL_FAILED'
  | 'MIG_HOOK_FAILED'
  | 'MIG_CLIENT_FAILED'
  | 'MIG_CHECKPOINT_INVALID'
  | 'MIG_CHECKPOINT_EXISTS'
  | 'MIG_GPU_NOT_FOUND'
  | 'MIG_RESTORE_FAILED'
  | 'MIG_NODES_FAILED'
  | 'MIG_CDI_FAILED'
  | 'MIG_DRIVER_NOT_READY'
  | 'MIG_STATE_FAILED'
  | 'MIG_SERVICE_FAILED'
  | 'MIG_SIMULATOR_INVALID'
  | 'MIG_DEVICE_NUMBERS_UNKNOWN'
  | 'MIG_DEVICE_NOT_FOUND'
  | 'MIG_CDI_INVALID'
  | 'MIG_PACKAGE_MISSING'
  | 'MIG_CLUSTER_CONFIG'
  | 'MIG_CLUSTER_UNAVAILABLE'
  | 'MIG_CLUSTER_CONFLICT'
  | 'MIG_CLUSTER_FORBIDDEN'
  | 'MIG_CLUSTER_NOT_FOUND'
  | 'MIG_CLUSTER_REFUSED'
  | 'MIG_ROLLOUT_INCOMPLETE'
  | 'MIG_ROLLOUT_RUNNING'
  | 'MIG_REBALANCE_RUNNING'
  | 'MIG_KUBELET_UNAVAILABLE'
  | 'MIG_KUBELET_REFUSED'
  | 'MIG_PLUGIN_RUNNING'
  | 'ABORT_ERR'

/** An answer of the driver other than success. */
export interface NvmlErrorDetails {
  /** `nvmlReturn_t`; `code` is its name. */
  readonly ret: number
  /** The NVML function: `nvmlDeviceSetMigMode`. */
  readonly fn: string
  readonly gpu?: GpuUuid
  readonly gpuInstance?: number
  readonly computeInstance?: number
}

/** What the API server of a cluster answered in place of success. */
export interface ClusterFailure {
  /** The HTTP status. Null: there was no answer. */
  readonly status: number | null
  /** The machine-readable reason of the server: `Conflict`, `Invalid`, `Expired`. Null: it gave none. */
  readonly reason: string | null
  /** How long the server asks to wait, in milliseconds. Null: it does not say. */
  readonly retryAfterMs: number | null
}
