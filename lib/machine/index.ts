import type { MigConfigDocument, MigConfigInput } from '../../types/config/config.js'
import type { MigNvmlConfigDocument } from '../../types/config/mig-nvml-config.js'
import type { MigRequest } from '../../types/config/request.js'
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
  ReadOptions,
  RecoverOptions,
} from '../../types/machine/options.js'
import type { MigPlan } from '../../types/machine/plan.js'
import type { AssertReport, CompletedApply, RecoverReport } from '../../types/machine/report.js'
import type { MigState } from '../../types/model/state.js'
import type { UsedMigState } from '../../types/model/usage.js'
import { checkFunction } from '../model/checks/check-options.js'
import { checkChanging, checkReading } from './operation/option-rules.js'
import { followApply } from './start.js'

export { watchMigState } from './watch.js'

// Each function loads its implementation when it is called for the first time. A scheduler imports this package at its
// start, and most of its processes never apply anything.

/**
 * Brings the machine to a configuration: reads it, plans the least change, makes the change, and reads the machine again
 * to verify it. When a step fails, what was done is undone. Each GPU has one apply at a time. What an interrupted apply
 * has left is cleaned up first.
 *
 * @throws MigError before anything changes: `MIG_CONFIG_…`, `MIG_PROFILE_UNKNOWN`, `MIG_PARTITION_INFEASIBLE`,
 *   `MIG_IN_USE` and others. With a `report`, when a step failed (`MIG_STEP_FAILED`, `MIG_IN_USE`, `MIG_RESET_REQUIRED`,
 *   `MIG_RESET_TIMEOUT`, `MIG_VERIFY_FAILED`) or the signal stopped it (`ABORT_ERR`).
 * @throws NvmlError when the driver cannot be read; TypeError for wrong options.
 */
export async function applyMigConfig(
  input: MigConfigInput | MigRequest,
  options: ApplyOptions = {},
): Promise<CompletedApply> {
  checkChanging('applyMigConfig', options)
  return (await import('./apply.js')).applyMigConfig(input, options)
}

/**
 * Starts `applyMigConfig`, and returns its events as an async iterator.
 *
 *     const run = startMigConfig(config, options)
 *     for await (const event of run) console.log(event.kind)
 *     const report = await run.report
 *
 * @throws TypeError for wrong options.
 */
export function startMigConfig(
  input: MigConfigInput | MigRequest,
  options: ApplyOptions = {},
): ApplyRun {
  checkChanging('startMigConfig', options)
  return followApply(options, (followed) => applyMigConfig(input, followed))
}

/**
 * Cleans up after applies that were interrupted by a crash or whose undo failed, for example when a scheduler starts. It
 * waits for an apply that is running. GPUs that a process uses, or that another program has changed since, are left alone;
 * the report says what became of each.
 *
 * @throws MigError `MIG_DRIVER_NOT_FOUND` and others, `MIG_LOCK_FAILED`, `ABORT_ERR`; NvmlError when the driver cannot be
 *   read.
 */
export async function recoverMig(options: RecoverOptions = {}): Promise<RecoverReport> {
  checkChanging('recoverMig', options)
  return (await import('./recover.js')).recoverMig(options)
}

/**
 * Returns what `applyMigConfig` would do now, as data. Changes nothing and takes no lock.
 *
 * @throws what `applyMigConfig` throws before it changes anything.
 */
export async function planMigConfig(
  input: MigConfigInput | MigRequest,
  options: PlanOptions = {},
): Promise<MigPlan> {
  checkReading('planMigConfig', options)
  return (await import('./plan.js')).planMigConfig(input, options)
}

/**
 * Reports whether the machine is as a configuration wants it. GPUs that the configuration does not name do not matter.
 *
 * @throws MigError for an invalid document, an unknown name or profile, or an entry that matches no GPU.
 */
export async function assertMigConfig(
  input: MigConfigInput | MigRequest,
  options: AssertOptions = {},
): Promise<AssertReport> {
  checkReading('assertMigConfig', options)
  return (await import('./assert.js')).assertMigConfig(input, options)
}

/**
 * Returns the state of the machine as a document. Applying it to the same machine changes nothing. With `placements`, the
 * document has version `mig-nvml/v1` and the placement of every instance.
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
 * Returns the configurations that the GPUs of the machine can have, whatever is on them now: `all-disabled`,
 * `all-enabled`, `all-<profile>` with as many of each profile as fit, and `all-balanced`. Entries have filters if the
 * machine has more than one model. The labels are those of mig-parted's `generate-config`.
 *
 * @throws MigError `MIG_NOT_SUPPORTED` if no GPU supports MIG, `MIG_GEOMETRY_UNKNOWN`, `MIG_GPU_LOST`; NvmlError when the
 *   driver cannot be read.
 */
export async function generateMigConfig(options: DriverOptions = {}): Promise<MigConfigDocument> {
  checkReading('generateMigConfig', options)
  return (await import('./generate.js')).generateMigConfig(options)
}

/**
 * Applies a configuration, calls `work`, and brings the GPUs back to their layout before, also when `work` throws or the
 * signal is aborted. Returns what `work` returns, and throws what it throws. GPUs that the configuration does not name
 * are not changed. Calls may be nested: the inner one restores first.
 *
 *     await withMigConfig(config, ({ after }) => measure(after.gpus), { config: 'halves' })
 *
 * @throws what `applyMigConfig` throws, before `work` begins; MigError `MIG_CHECKPOINT_EXISTS`; MigError
 *   `MIG_RESTORE_FAILED`, with both `errors` if `work` failed too.
 */
export async function withMigConfig<T>(
  input: MigConfigInput | MigRequest,
  work: (report: CompletedApply) => T | Promise<T>,
  options: HoldOptions = {},
): Promise<T> {
  checkChanging('withMigConfig', options)
  checkFunction('withMigConfig', 'work', work)
  return (await import('./hold.js')).withMigConfig(input, work, options)
}

/**
 * Does what `withMigConfig` does, for `await using`: the GPUs are brought back at the end of the block.
 *
 *     await using held = await holdMigConfig(config, { config: 'halves' })
 *
 * @throws what `applyMigConfig` throws; `restore()` and the end of the block throw MigError `MIG_RESTORE_FAILED`.
 */
export async function holdMigConfig(
  input: MigConfigInput | MigRequest,
  options: HoldOptions = {},
): Promise<HeldMigConfig> {
  checkChanging('holdMigConfig', options)
  return (await import('./hold.js')).holdMigConfig(input, options)
}

/**
 * Returns the layout of every GPU, for `restoreMig`. Waits for an apply that is running.
 *
 * @throws MigError `MIG_GPU_LOST`, because the checkpoint would lack a GPU that cannot be read; the system's error for a
 *   file that cannot be written, which then keeps its old content.
 */
export async function checkpointMig(options: CheckpointOptions = {}): Promise<MigCheckpoint> {
  checkReading('checkpointMig', options)
  return (await import('./checkpoint.js')).checkpointMig(options)
}

/**
 * Brings the GPUs of a checkpoint back to their layout in it. Otherwise it is an apply: it changes only what differs. GPUs
 * are found by UUID, and other GPUs are not changed. The checkpoint is an object, or the path or URL of a file; those of
 * mig-parted work too.
 *
 * @throws MigError `MIG_CHECKPOINT_INVALID`, `MIG_GPU_NOT_FOUND` and others before anything changes; then what
 *   `applyMigConfig` throws. The system's error for a file that cannot be read, with its path.
 */
export async function restoreMig(
  input: CheckpointInput,
  options: RestoreOptions = {},
): Promise<CompletedApply> {
  checkChanging('restoreMig', options)
  return (await import('./restore.js')).restoreMig(input, options)
}

/**
 * Returns the state of the machine: every GPU with its geometry and its instances, and the numbers of the device nodes
 * that a container needs; with `processes`, also what uses the GPUs.
 *
 * @throws MigError `MIG_DRIVER_NOT_FOUND` or `MIG_NATIVE_UNAVAILABLE`; NvmlError for a failed call.
 */
export function readMigState(
  options: ReadOptions & { readonly processes: true },
): Promise<UsedMigState>
export function readMigState(options?: ReadOptions): Promise<MigState>
export async function readMigState(options: ReadOptions = {}): Promise<MigState> {
  checkReading('readMigState', options)
  return (await import('./read.js')).readMigState(options)
}
