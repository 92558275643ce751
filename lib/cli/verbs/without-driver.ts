import type { LibraryRef } from '../../../types/machine/options.js'
import type { PciGpu, PciModeReport } from '../../../types/machine/pci.js'
import type { SelectedConfig } from '../../config/document/select.js'
import { isDriverForbidden, isDriverMissing } from '../../driver/connection/driver-missing.js'
import { resolveLibrary, rootOf } from '../../driver/connection/open-library.js'
import { errorData } from '../../errors.js'
import { readPciModes } from '../../machine/read-pci-modes.js'
import { setSelectedModes } from '../../machine/set-pci-modes.js'
import type { ExitStatus, OptionValues, Terminal } from '../parse/verb.js'
import { describePciChange, describePciGpu, formatPciGpus } from '../print/pci-modes.js'

export interface WithoutDriver {
  readonly values: OptionValues
  readonly terminal: Terminal
  readonly library: string | LibraryRef | undefined
}

/**
 * Runs `work`. If it finds that no driver is loaded, and NVIDIA GPUs are on the PCI bus, `otherwise` runs in its place,
 * with the error.
 */
export async function orWithoutDriver(
  { terminal: { signal }, library }: WithoutDriver,
  work: () => Promise<ExitStatus>,
  otherwise: (error: Error, gpus: readonly PciGpu[]) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  try {
    return await work()
  } catch (error) {
    if (!isDriverMissing(error)) throw error
    const gpus = await listPciGpus({ library, signal })
    if (gpus.length === 0) throw error
    return otherwise(error, gpus)
  }
}

async function listPciGpus({
  library,
  signal,
}: Pick<WithoutDriver, 'library'> & { readonly signal: AbortSignal }): Promise<readonly PciGpu[]> {
  if (rootOf(resolveLibrary(library)) === null) return []
  return readPciModes({ signal, ...(library === undefined ? {} : { library }) })
}

/**
 * Shows the GPUs on the bus where the error says that no driver is loaded, or that this user may not use it. The command
 * fails all the same: its machine could not be read.
 */
export async function showPciGpus(
  { values, terminal, library }: WithoutDriver,
  error: unknown,
): Promise<ExitStatus> {
  const isForbidden = isDriverForbidden(error)
  if (!isForbidden && !isDriverMissing(error)) throw error
  const gpus = await listPciGpus({ library, signal: terminal.signal })
  if (gpus.length === 0) throw error
  if (values['json'] === true) {
    const shown = { driverVersion: null, pciGpus: gpus, error: errorData(error) }
    terminal.out(`${JSON.stringify(shown, null, 2)}\n`)
    return 1
  }
  const why = isForbidden ? 'this user may not use the driver' : 'no driver is loaded'
  terminal.out(`${why}; the GPUs on the PCI bus:\n`)
  for (const gpu of gpus) terminal.out(`${describePciGpu(gpu)}\n`)
  throw error
}

/** `apply --mode-only`. */
export async function applyPciModes(
  context: WithoutDriver,
  config: SelectedConfig,
): Promise<ExitStatus> {
  const { values, terminal } = context
  const skipReset = values['skip-reset'] === true || values['reset'] === 'none'
  if (values['hooks-file'] !== undefined)
    terminal.err('no driver is loaded: the hooks do not run\n')
  const report = await setSelectedModes(config, {
    ...optionsOf(context),
    dryRun: values['dry-run'] === true,
    skipReset,
  })
  const left = leftToDriver(report)
  const status = left.length === 0 ? 0 : 1
  if (values['json'] === true) {
    terminal.out(`${JSON.stringify(report, null, 2)}\n`)
    return status
  }
  for (const warning of report.warnings) terminal.err(`warning: ${warning}\n`)
  terminal.out('no driver is loaded; MIG modes are set in the registers of the GPUs:\n')
  for (const change of report.gpus) terminal.out(`${describePciChange(change)}\n`)
  for (const gpu of report.skipped) terminal.out(`${describePciGpu(gpu)}\n`)
  if (status === 1) terminal.err(`${formatPciGpus(left)}: load the driver, and apply again\n`)
  else if (values['dry-run'] !== true) terminal.out('MIG configuration applied successfully\n')
  return status
}

/** GPUs that can do MIG, and whose modes only a driver can set. Others under `devices: all` do not matter. */
function leftToDriver({ skipped }: PciModeReport): readonly PciGpu[] {
  return skipped.filter(({ supportsMig }) => supportsMig === true)
}

/** `assert --mode-only`. A mode that is not known does not match. */
export async function assertPciModes(
  context: WithoutDriver,
  config: SelectedConfig,
): Promise<ExitStatus> {
  const { values, terminal } = context
  const report = await setSelectedModes(config, { ...optionsOf(context), dryRun: true })
  const differing = report.gpus.filter(({ gpu, enabled }) => gpu.mig?.enabled !== enabled)
  const left = leftToDriver(report)
  const matches = differing.length === 0 && left.length === 0
  if (values['json'] === true) {
    terminal.out(`${JSON.stringify({ matches, ...report }, null, 2)}\n`)
    return matches ? 0 : 1
  }
  for (const { gpu } of differing) terminal.out(`${describePciGpu(gpu)}\n`)
  for (const gpu of left) terminal.out(`${describePciGpu(gpu)}\n`)
  terminal.out(
    matches
      ? 'Selected MIG mode settings from configuration currently applied\n'
      : 'The machine does not match.\n',
  )
  return matches ? 0 : 1
}

function optionsOf({ library, terminal: { signal } }: WithoutDriver): {
  readonly library?: string | LibraryRef
  readonly signal: AbortSignal
} {
  return library === undefined ? { signal } : { signal, library }
}
