import type { MigConfigInput } from '../../types/config/config.js'
import type { DriverFiles } from '../../types/containers/cdi.js'
import type {
  CdiUpdate,
  FollowCdiOptions,
  WriteCdiOptions,
  WrittenCdiSpec,
} from '../../types/machine/cdi.js'
import type {
  CapabilityNode,
  CapabilityNodeOptions,
  CreatedCapabilityNodes,
} from '../../types/machine/device-nodes.js'
import type {
  MetricsOptions,
  MetricsServer,
  MigMetrics,
  ServeMetricsOptions,
} from '../../types/machine/metrics.js'
import type {
  PciGpu,
  PciModeReport,
  PciOptions,
  SetPciModesOptions,
} from '../../types/machine/pci.js'
import type { MigState } from '../../types/model/state.js'
import { showValue } from '../model/checks/find-fault.js'
import { path } from '../model/checks/kinds.js'
import { checkFiles, checkReading } from './operation/option-rules.js'

// What other programs of the host need of the machine: device nodes, CDI, metrics, and PCI while no driver is loaded.
// Each function loads its implementation at its first call, as those of index.ts do.

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
 * Keeps a CDI specification up to date, whatever changes the machine: this program, another tool, a reset. Each update says
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
