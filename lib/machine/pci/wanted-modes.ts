import type { PciGpu } from '../../../types/machine/pci.js'
import type { GpuState, MigState } from '../../../types/model/state.js'
import { type ConfigEntry, isFixed } from '../../config/document/entry.js'
import type { SelectedConfig } from '../../config/document/select.js'
import { listSelectors } from '../../config/match/gpu-selector.js'
import { matchEntries } from '../../config/match/match-entries.js'
import { MigError } from '../../errors.js'
import { formatPath } from '../../model/document-path.js'

/** The modes that a configuration wants. */
export interface WantedModes {
  /** By GPU. GPUs that no entry names are absent. */
  readonly modes: ReadonlyMap<PciGpu, boolean>
  readonly warnings: readonly string[]
}

/**
 * What a configuration wants of GPUs without a driver. Throws what `matchEntries` throws, and
 * `MIG_ENTRY_MATCHES_NO_GPU` for an entry that only a driver can match.
 */
export function resolveModes(config: SelectedConfig, gpus: readonly PciGpu[]): WantedModes {
  for (const entry of config.entries) refuseDriverEntries(entry)
  const states = new Map(gpus.map((gpu) => [stateOf(gpu), gpu]))
  const { deciding, warnings } = matchEntries(config, machineOf([...states.keys()]))
  const modes = new Map<PciGpu, boolean>()
  for (const { entry, gpus: named } of deciding)
    for (const each of named) {
      const gpu = states.get(each as GpuState)
      if (gpu !== undefined && entry.migEnabled !== null) modes.set(gpu, entry.migEnabled)
    }
  return { modes, warnings: [...config.warnings, ...warnings] }
}

function refuseDriverEntries(entry: ConfigEntry): void {
  const place = formatPath(entry.path)
  if (!isFixed(entry))
    throw new MigError(
      'MIG_ENTRY_MATCHES_NO_GPU',
      `${place} leaves open which GPUs it takes: that depends on what is on them, which only their driver reports`,
      { hint: 'load the driver; or name the GPUs by index or PCI address' },
    )
  if (listSelectors(entry).some(({ kind }) => kind === 'uuid'))
    throw new MigError(
      'MIG_ENTRY_MATCHES_NO_GPU',
      `${place} names a GPU by its UUID, which only its driver reports`,
      { hint: 'load the driver; or name the GPU by index or PCI address' },
    )
}

function machineOf(gpus: readonly GpuState[]): MigState {
  return { driverVersion: '', gpus, lostGpus: [] }
}

/** What entries are matched against. A GPU whose mode is not known counts as one that can do MIG. */
function stateOf({ index, pciBusId, pciDeviceId, pciSubsystemId, name, mig }: PciGpu): GpuState {
  // Entries look at nothing else.
  return {
    index,
    uuid: `GPU-${pciBusId}`,
    name: name ?? `GPU at ${pciBusId}`,
    pciBusId,
    pciDeviceId,
    pciSubsystemId,
    minorNumber: null,
    memoryMiB: null,
    mig: mig ?? { enabled: false, pending: false },
    geometry: null,
    gpuInstances: [],
  }
}
