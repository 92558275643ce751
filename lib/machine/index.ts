import type { MigConfigDocument, MigConfigInput } from '../../types/config/config.js'
import type { MigNvmlConfigDocument } from '../../types/config/mig-nvml-config.js'
import type { MigRequest } from '../../types/config/request.js'
import type { DriverFiles } from '../../types/containers/cdi.js'
import type {
  CdiUpdate,
  FollowCdiOptions,
  WriteCdiOptions,
  WrittenCdiSpec,
} from '../../types/machine/cdi.js'
import type {
  CheckpointInput,
  CheckpointOptions,
  MigCheckpoint,
  RestoreOptions,
} from '../../types/machine/checkpoint.js'
import type {
  CapabilityNode,
  CapabilityNodeOptions,
  CreatedCapabilityNodes,
} from '../../types/machine/device-nodes.js'
import type { ApplyRun } from '../../types/machine/events.js'
import type { HeldMigConfig, HoldOptions } from '../../types/machine/hold.js'
import type {
  MetricsOptions,
  MetricsServer,
  MigMetrics,
  ServeMetricsOptions,
} from '../../types/machine/metrics.js'
import type {
  ApplyOptions,
  AssertOptions,
  DriverOptions,
  ExportOptions,
  PlanOptions,
  ReadOptions,
  RecoverOptions,
} from '../../types/machine/options.js'
import type {
  PciGpu,
  PciModeReport,
  PciOptions,
  SetPciModesOptions,
} from '../../types/machine/pci.js'
import type { MigPlan } from '../../types/machine/plan.js'
import type { AssertReport, CompletedApply, RecoverReport } from '../../types/machine/report.js'
import type { MigState } from '../../types/model/state.js'
import type { UsedMigState } from '../../types/model/usage.js'
import { checkFunction } from '../model/checks/check-options.js'
import { showValue } from '../model/checks/find-fault.js'
import { path } from '../model/checks/kinds.js'
import { checkChanging, checkFiles, checkReading } from './operation/option-rules.js'
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

/**
 * Returns what the driver that is installed below a folder has for containers: libraries, programs, sockets, and the nodes
 * for rendering of the GPUs in a state. It is the option `driver` of `cdiSpec`. Reads files only, no driver.
 *
 * @throws MigError `MIG_DRIVER_NOT_FOUND` if there are no libraries of a driver; TypeError if the folder is no path.
 */
export async function readDriverFiles(state: MigState, folder = '/'): Promise<DriverFiles> {
  if (!path.accepts(folder))
    throw new TypeError(`readDriverFiles: folder must be ${path.allowed}, not ${showValue(folder)}`)
  const addresses = state.gpus.map(({ pciBusId }) => pciBusId)
  return (await import('../system/driver-files/read-driver-files.js')).readDriverFiles(
    folder,
    addresses,
  )
}

/**
 * Returns the device nodes of MIG capabilities that this machine should have, and what is in their places: those for
 * `mig/config` and `mig/monitor`, and one for each GPU instance and compute instance. Reads files only, no driver.
 *
 * @throws MigError `MIG_NODES_FAILED` if there are no capabilities of an NVIDIA driver below the root, or they cannot be
 *   read; TypeError for wrong options.
 */
export async function listCapabilityNodes(
  options: CapabilityNodeOptions = {},
): Promise<readonly CapabilityNode[]> {
  checkFiles('listCapabilityNodes', options)
  return (await import('./device-nodes.js')).listCapabilityNodes(options)
}

/**
 * Makes the nodes that are missing, and replaces those that are not as the driver wants them, as nvidia-modprobe does.
 * Without them a container cannot use a MIG device. Nodes that the driver wants nobody to change are left alone.
 *
 * @throws MigError `MIG_NODES_FAILED`: this process lacks CAP_MKNOD, or another user may write to the folder of the nodes;
 *   and what `listCapabilityNodes` throws. What was made before stays.
 */
export async function createCapabilityNodes(
  options: CapabilityNodeOptions = {},
): Promise<CreatedCapabilityNodes> {
  checkFiles('createCapabilityNodes', options)
  return (await import('./device-nodes.js')).createCapabilityNodes(options)
}

/**
 * Reads the machine, and returns metrics of it in Prometheus' text format: what `migMetrics` describes. A driver that
 * cannot be read is a result as well, with `mig_up 0` in the text, so that a monitor gets to know it.
 *
 * @throws MigError `ABORT_ERR`; TypeError for wrong options.
 */
export async function readMigMetrics(options: MetricsOptions = {}): Promise<MigMetrics> {
  checkReading('readMigMetrics', options)
  return (await import('./metrics.js')).readMigMetrics(options)
}

/**
 * Serves what `readMigMetrics` returns over HTTP, at `/metrics` of a loopback address. Each request reads the machine;
 * requests at the same time share one read.
 *
 * @throws MigError `MIG_LISTEN_FAILED` for another address, or one that is in use; `ABORT_ERR`; TypeError for wrong
 *   options.
 */
export async function serveMigMetrics(options: ServeMetricsOptions): Promise<MetricsServer> {
  checkReading('serveMigMetrics', options)
  return (await import('./serve-metrics.js')).serveMigMetrics(options)
}

/**
 * Writes the CDI specification of the machine into a file, by default `/var/run/cdi/nvidia.yaml`. Readers find the old
 * content or all of the new one. A file that has the content already is not touched. GPUs with MIG on and no MIG device
 * are no error.
 *
 * @throws MigError `MIG_CDI_FAILED`: the file cannot be written, and has its old content; `MIG_DEVICE_NUMBERS_UNKNOWN`;
 *   and what `readMigState` throws.
 */
export async function writeCdiSpec(options: WriteCdiOptions = {}): Promise<WrittenCdiSpec> {
  checkReading('writeCdiSpec', options)
  return (await import('./cdi.js')).writeCdiSpec(options)
}

/**
 * Keeps a CDI specification up to date, whoever changes the machine: this program, another tool, a reset. Each update says
 * what was written, or why it could not be. It ends when its iterator ends, or with the signal.
 *
 *     for await (const update of followCdiSpec({ signal })) console.log(update.kind)
 *
 * @throws TypeError for wrong options.
 * @throws MigError from the iterator: `ABORT_ERR` when the signal is aborted; what `readMigState` throws, when the machine
 *   cannot be read at first.
 */
export function followCdiSpec(
  options: FollowCdiOptions = {},
): AsyncGenerator<CdiUpdate, undefined> {
  checkReading('followCdiSpec', options)
  return follow(options)
}

async function* follow(options: FollowCdiOptions): AsyncGenerator<CdiUpdate, undefined> {
  return yield* (await import('./cdi.js')).followSpecFile(options)
}

/**
 * Returns the GPUs on the PCI bus, with their MIG modes where the registers show them: on an A100 or A30 without a
 * driver. Needs root.
 *
 * @throws MigError `MIG_PCI_FAILED` for a simulated machine without a file tree. A GPU that cannot be read says why.
 */
export async function readPciModes(options: PciOptions = {}): Promise<readonly PciGpu[]> {
  checkFiles('readPciModes', options)
  return (await import('./read-pci-modes.js')).readPciModes(options)
}

/**
 * Brings the MIG modes of GPUs without a driver to a configuration, through their registers and a reset by the kernel.
 * Everything else in the configuration is left to an apply. After a failure, what was changed is taken back.
 *
 * @throws MigError `MIG_PCI_FAILED` if the registers of a GPU cannot be used, `MIG_NOT_SUPPORTED` if no GPU of the
 *   configuration is a GA100, `MIG_RESET_REQUIRED`, `MIG_REBOOT_REQUIRED`, `MIG_ENTRY_MATCHES_NO_GPU`, `MIG_LOCK_FAILED`
 *   and the errors of a document; TypeError for wrong options.
 */
export async function setPciModes(
  input: MigConfigInput,
  options: SetPciModesOptions = {},
): Promise<PciModeReport> {
  checkFiles('setPciModes', options)
  return (await import('./set-pci-modes.js')).setPciModes(input, options)
}
