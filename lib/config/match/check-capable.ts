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
        .map((gpu) => issueAt(config, entry, ['devices', item], `names ${describeGpus([gpu])}`)),
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
          : [issueAt(config, entry, ['devices'], `names only ${describeGpus(gpus)}`)],
      )
    : []
  return incapable(config, matched, issues)
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
    summary: `The configuration "${config.name}" turns MIG on for a GPU that cannot do it`,
    issues,
    hint,
  }
}

function listEnabling(matched: readonly MatchedEntry[]): readonly MatchedEntry[] {
  return matched.filter(({ entry }) => entry.migEnabled)
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
