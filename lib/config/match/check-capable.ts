import type { AnyGpuState, GpuInfo, MigState } from '../../../types/model/state.js'
import { listCatalogGpus } from '../../model/catalog.js'
import { describeGpus, formatGpus } from '../../model/gpu-text.js'
import type { SelectedConfig } from '../document/select.js'
import { type Finding, issueAt } from './finding.js'
import { listSelectors, selectsGpu } from './gpu-selector.js'
import type { MatchedEntry } from './matched-entry.js'

/** GPUs that cannot do MIG, are named one by one, and are to have it on. */
export function findIncapableGpus(
  config: SelectedConfig,
  matched: readonly MatchedEntry[],
): Finding {
  const issues = listEnabling(matched).flatMap(({ entry, gpus }) =>
    listSelectors(entry).flatMap((selector, item) =>
      gpus
        .filter((gpu) => isIncapable(gpu) && selectsGpu(selector, gpu))
        .map((gpu) =>
          issueAt(
            config,
            entry.paths.selectors[item] ?? entry.path,
            `names ${describeGpus([gpu])}`,
          ),
        ),
    ),
  )
  return incapable(config, matched, issues)
}

/** Entries that turn MIG on for `all`, which means all that can do MIG, if no GPU can. */
export function findOnlyIncapableGpus(
  config: SelectedConfig,
  _state: MigState,
  matched: readonly MatchedEntry[],
): Finding {
  const issues = matched.every(({ gpus }) => gpus.every(isIncapable))
    ? listEnabling(matched).flatMap(({ entry, gpus }) =>
        gpus.length === 0
          ? []
          : [issueAt(config, entry.paths.devices, `names only ${describeGpus(gpus)}`)],
      )
    : []
  return incapable(config, matched, issues)
}

/** GPUs on which MIG is off, and to which devices are to be added. Each of them is in use as a whole, or may be. */
export function findModeOff(config: SelectedConfig, matched: readonly MatchedEntry[]): Finding {
  const issues = matched.flatMap(({ entry, gpus }) => {
    const off = gpus.filter(({ mig }) => entry.add && mig?.enabled === false)
    const waiting = off.filter(({ mig }) => mig?.pending === true)
    const pending = waiting.length === 0 ? '' : `; it is pending on ${formatGpus(waiting)}`
    return off.length === 0
      ? []
      : [
          issueAt(
            config,
            entry.paths.devices,
            `names ${formatGpus(off)}, where MIG is off${pending}`,
          ),
        ]
  })
  return {
    code: 'MIG_MODE_OFF',
    summary: `The configuration "${config.name}" adds devices to a GPU without MIG mode`,
    issues,
    hint: 'Without add (--add), an apply turns MIG on.',
  }
}

function incapable(
  config: SelectedConfig,
  matched: readonly MatchedEntry[],
  issues: Finding['issues'],
): Finding {
  const hint =
    issues.length === 0 ? null : displayModeHint(listEnabling(matched).flatMap(({ gpus }) => gpus))
  return {
    code: 'MIG_NOT_SUPPORTED',
    summary: `The configuration "${config.name}" wants MIG on a GPU that cannot do it`,
    issues,
    hint,
  }
}

function listEnabling(matched: readonly MatchedEntry[]): readonly MatchedEntry[] {
  return matched.filter(({ entry }) => entry.migEnabled === true || entry.add)
}

function isIncapable(gpu: AnyGpuState): boolean {
  return gpu.mig === null
}

/**
 * What to do about GPUs that can do MIG only in another display mode; null if there are none. Source: MIG
 * User Guide, "Additional Prerequisites for RTX PRO Blackwell GPUs".
 */
function displayModeHint(gpus: readonly GpuInfo[]): string | null {
  const boards = gpus.filter((gpu) => gpu.mig === null && shipsForGraphics(gpu))
  if (boards.length === 0) return null
  return `${formatGpus(boards)}: this board does MIG only in the compute display mode, which NVIDIA's displaymodeselector sets, and with a recent enough vBIOS`
}

function shipsForGraphics({ pciDeviceId, name }: GpuInfo): boolean {
  return listCatalogGpus().some(({ products }) =>
    products.some(
      (product) =>
        product.shipsForGraphics && product.pciDeviceId === pciDeviceId && product.name === name,
    ),
  )
}
