import type { MigConfigDocument, MigConfigInput } from '../../types/config/config.js'
import type { MigNvmlConfigDocument } from '../../types/config/mig-nvml-config.js'
import type {
  CheckpointInput,
  CheckpointOptions,
  MigCheckpoint,
  RestoreOptions,
} from '../../types/machine/checkpoint.js'
import type { ApplyRun } from '../../types/machine/events.js'
import type { HeldMigConfig, HoldOptions } from '../../types/machine/hold.js'
import type {
  ApplyOptions,
  AssertOptions,
  DriverOptions,
  ExportOptions,
  PlanOptions,
  RecoverOptions,
} from '../../types/machine/options.js'
import type { MigPlan } from '../../types/machine/plan.js'
import type { AssertReport, CompletedApply, RecoverReport } from '../../types/machine/report.js'
import type { MigState } from '../../types/model/state.js'
import { checkFunction } from '../model/checks/check-options.js'
import { checkChanging, checkReading } from './operation/option-rules.js'
import { followApply } from './start.js'

export { watchMigState } from './watch.js'

// Each loads the work behind it when it is called for the first time. A scheduler imports this package
// at its start, and most of its processes never apply anything.

/**
 * Makes the machine as a configuration wants it: reads it, plans the least change, makes it, reads
 * again to verify, and takes back what it did when a step fails. One apply at a time per GPU. What an
 * earlier apply has left that was cut short is dealt with first.
 *
 * @throws MigError `MIG_CONFIG_…`, `MIG_PROFILE_UNKNOWN`, `MIG_PARTITION_INFEASIBLE`, `MIG_IN_USE` and
 *   the like before anything is touched; with a `report` when a step failed (`MIG_STEP_FAILED`,
 *   `MIG_IN_USE`, `MIG_RESET_REQUIRED`, `MIG_RESET_TIMEOUT`, `MIG_VERIFY_FAILED`) or the signal stopped it (`ABORT_ERR`).
 * @throws NvmlError when the driver cannot be read; TypeError for wrong options.
 */
export async function applyMigConfig(
  input: MigConfigInput,
  options: ApplyOptions = {},
): Promise<CompletedApply> {
  checkChanging('applyMigConfig', options)
  return (await import('./apply.js')).applyMigConfig(input, options)
}

/**
 * Starts `applyMigConfig`, and gives its events as an async iterator. Throws a TypeError for wrong options.
 *
 *     const run = startMigConfig(config, options)
 *     for await (const event of run) console.log(event.kind)
 *     const report = await run.report
 */
export function startMigConfig(input: MigConfigInput, options: ApplyOptions = {}): ApplyRun {
  checkChanging('startMigConfig', options)
  return followApply(options, (followed) => applyMigConfig(input, followed))
}

/**
 * For the start of a scheduler: deals with what applies have left that were cut short, by a crash or
 * because not all could be undone, and waits for one that runs. GPUs that somebody uses or has changed
 * since are left alone; the report says what became of each.
 *
 * @throws MigError `MIG_DRIVER_NOT_FOUND` and the like, `MIG_LOCK_FAILED`, `ABORT_ERR`; NvmlError when
 *   the driver cannot be read.
 */
export async function recoverMig(options: RecoverOptions = {}): Promise<RecoverReport> {
  checkChanging('recoverMig', options)
  return (await import('./recover.js')).recoverMig(options)
}

/**
 * What `applyMigConfig` would do now, as data. Touches nothing and takes no lock.
 *
 * @throws as `applyMigConfig` does before it touches anything.
 */
export async function planMigConfig(
  input: MigConfigInput,
  options: PlanOptions = {},
): Promise<MigPlan> {
  checkReading('planMigConfig', options)
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
  options: AssertOptions = {},
): Promise<AssertReport> {
  checkReading('assertMigConfig', options)
  return (await import('./assert.js')).assertMigConfig(input, options)
}

/**
 * The machine as it is, as a document: applying it to the same machine changes nothing. With
 * `placements` every instance stands in it with its place, in version `mig-nvml/v1`.
 *
 * @throws MigError `MIG_GPU_LOST`; NvmlError when the driver cannot be read.
 */
export function exportMigConfig(
  options?: ExportOptions & { readonly placements?: false },
): Promise<MigConfigDocument>
export function exportMigConfig(
  options: ExportOptions & { readonly placements: true },
): Promise<MigNvmlConfigDocument>
export function exportMigConfig(
  options?: ExportOptions,
): Promise<MigConfigDocument | MigNvmlConfigDocument>
export async function exportMigConfig(
  options: ExportOptions = {},
): Promise<MigConfigDocument | MigNvmlConfigDocument> {
  checkReading('exportMigConfig', options)
  return (await import('./export.js')).exportMigConfig(options)
}

/**
 * The configurations that the GPUs of the machine can have, whatever is on them now: `all-disabled`,
 * `all-enabled`, `all-<profile>` with as many as fit of each profile, `all-balanced`; with filters where
 * there is more than one model. The same labels as mig-parted's `generate-config` gives.
 *
 * @throws MigError `MIG_NOT_SUPPORTED` where no GPU can do MIG, `MIG_GEOMETRY_UNKNOWN`, `MIG_GPU_LOST`;
 *   NvmlError when the driver cannot be read.
 */
export async function generateMigConfig(options: DriverOptions = {}): Promise<MigConfigDocument> {
  checkReading('generateMigConfig', options)
  return (await import('./generate.js')).generateMigConfig(options)
}

/**
 * Applies a configuration, runs something, and brings the GPUs back to how they were, place by place,
 * also when it throws or the signal is aborted. Gives what it gives, throws what it throws. GPUs that
 * the configuration does not name are not touched. Nesting is fine: the inner one restores first.
 *
 *     await withMigConfig(config, ({ after }) => measure(after.gpus), { config: 'halves' })
 *
 * @throws as `applyMigConfig` does, when `work` has not begun, and `MIG_CHECKPOINT_EXISTS`; MigError
 *   `MIG_RESTORE_FAILED`, with both
 *   `errors` where `work` had failed, too.
 */
export async function withMigConfig<T>(
  input: MigConfigInput,
  work: (report: CompletedApply) => T | Promise<T>,
  options: HoldOptions = {},
): Promise<T> {
  checkChanging('withMigConfig', options)
  checkFunction('withMigConfig', 'work', work)
  return (await import('./hold.js')).withMigConfig(input, work, options)
}

/**
 * `withMigConfig` for `await using`: the GPUs are brought back when the block is left.
 *
 *     await using held = await holdMigConfig(config, { config: 'halves' })
 *
 * @throws as `applyMigConfig` does; from `restore()` and the end of the block `MIG_RESTORE_FAILED`.
 */
export async function holdMigConfig(
  input: MigConfigInput,
  options: HoldOptions = {},
): Promise<HeldMigConfig> {
  checkChanging('holdMigConfig', options)
  return (await import('./hold.js')).holdMigConfig(input, options)
}

/**
 * How the GPUs are divided now, with every place, for `restoreMig`. Waits for an apply that runs.
 *
 * @throws MigError `MIG_GPU_LOST`, since a GPU that cannot be read would be missing in it; the error of a
 *   file that cannot be written, of which the old content then stays.
 */
export async function checkpointMig(options: CheckpointOptions = {}): Promise<MigCheckpoint> {
  checkReading('checkpointMig', options)
  return (await import('./checkpoint.js')).checkpointMig(options)
}

/**
 * Makes the GPUs of a checkpoint, found by their UUIDs, as they were, place by place: an apply in
 * everything else, which changes only what differs. The checkpoint is an object, or a file's path or
 * URL; those of mig-parted are taken, too. Other GPUs are not touched.
 *
 * @throws MigError `MIG_CHECKPOINT_INVALID`, `MIG_GPU_NOT_FOUND` and the like before anything is touched;
 *   afterwards as `applyMigConfig`. The system's error of a file that cannot be read, with its path.
 */
export async function restoreMig(
  input: CheckpointInput,
  options: RestoreOptions = {},
): Promise<CompletedApply> {
  checkChanging('restoreMig', options)
  return (await import('./restore.js')).restoreMig(input, options)
}

/**
 * How the machine is now: every GPU, its geometry, its instances.
 *
 * @throws MigError `MIG_DRIVER_NOT_FOUND` or `MIG_NATIVE_UNAVAILABLE`; NvmlError of a failed call.
 */
export async function readMigState(options: DriverOptions = {}): Promise<MigState> {
  checkReading('readMigState', options)
  return (await import('./read.js')).readMigState(options)
}
