import type { MigConfigDocument, MigConfigInput } from '../../types/config.js'
import type {
  ApplyOptions,
  ConfigOptions,
  DriverOptions,
  ExportOptions,
} from '../../types/options.js'
import type { MigPlan } from '../../types/plan.js'
import type { AssertReport, CompletedApply } from '../../types/report.js'
import type { MigState } from '../../types/state.js'

// Each loads the work behind it when it is called for the first time. A scheduler imports this package
// at its start, and most of its processes never apply anything.

/**
 * Makes the machine as a configuration wants it: reads it, plans the least change, makes it, reads
 * again to verify, and takes back what it did when a step fails. One apply at a time per machine.
 *
 * @throws MigError `MIG_CONFIG_…`, `MIG_PROFILE_UNKNOWN`, `MIG_PARTITION_INFEASIBLE`, `MIG_IN_USE` and
 *   the like before anything is touched; with a `report` when a step failed (`MIG_STEP_FAILED`,
 *   `MIG_IN_USE`, `MIG_RESET_REQUIRED`, `MIG_VERIFY_FAILED`) or the signal stopped it (`ABORT_ERR`).
 * @throws NvmlError when the driver cannot be read.
 */
export async function applyMigConfig(
  input: MigConfigInput,
  options: ApplyOptions = {},
): Promise<CompletedApply> {
  return (await import('./apply.js')).applyMigConfig(input, options)
}

/**
 * What `applyMigConfig` would do now, as data. Touches nothing and takes no lock.
 *
 * @throws as `applyMigConfig` does before it touches anything.
 */
export async function planMigConfig(
  input: MigConfigInput,
  options: ConfigOptions = {},
): Promise<MigPlan> {
  return (await import('./plan.js')).planMigConfig(input, options)
}

/**
 * Whether the machine already is as a configuration wants it. GPUs that the configuration does not
 * name do not matter.
 *
 * @throws MigError for a bad document, an unknown name or profile, an entry that matches no GPU.
 */
export async function assertMigConfig(
  input: MigConfigInput,
  options: ConfigOptions = {},
): Promise<AssertReport> {
  return (await import('./assert.js')).assertMigConfig(input, options)
}

/** The machine as it is, as a document: applying it to the same machine changes nothing. */
export async function exportMigConfig(options: ExportOptions = {}): Promise<MigConfigDocument> {
  return (await import('./export.js')).exportMigConfig(options)
}

/**
 * How the machine is now: every GPU, its geometry, its instances.
 *
 * @throws MigError `MIG_DRIVER_NOT_FOUND` or `MIG_NATIVE_UNAVAILABLE`; NvmlError of a failed call.
 */
export async function readMigState(options: DriverOptions = {}): Promise<MigState> {
  return (await import('./read.js')).readMigState(options)
}
