import type { MigState } from '../../../types/model/state.js'
import { describeGpus, formatGpus } from '../../model/gpu-text.js'
import { listSeenDevices } from '../../model/state.js'
import type { SelectedConfig } from '../document/select.js'
import { isUnknownModel } from './device-filter.js'
import { type Finding, issueAt } from './finding.js'
import { describeSelector, listSelectors, selectsGpu } from './gpu-selector.js'
import { isForOtherModels, isIdle, type MatchedEntry } from './matched-entry.js'

/**
 * GPUs that do not exist, and entries that select none. An entry without a filter claims that its GPUs
 * exist. An entry with one does not: files serve many machines, so an entry for another model is no
 * mistake as long as other entries match.
 */
export function findAbsentGpus(
  config: SelectedConfig,
  state: MigState,
  matched: readonly MatchedEntry[],
): Finding {
  const present = [...state.gpus, ...state.lostGpus]
  const missing = matched.flatMap(({ entry }) =>
    entry.filters.length > 0
      ? []
      : listSelectors(entry).flatMap((selector, item) => {
          if (present.some((gpu) => selectsGpu(selector, gpu))) return []
          const message = `names ${describeSelector(selector)}, which is not here`
          return [
            { entry, issue: issueAt(config, entry.paths.selectors[item] ?? entry.path, message) },
          ]
        }),
  )
  const reported = new Set(missing.map(({ entry }) => entry))
  const isNoneMatched = matched.every(isIdle)
  const idle = matched
    .filter((item) => isIdle(item) && !reported.has(item.entry))
    .filter((item) => isNoneMatched || !isForOtherModels(item))
  const issues = [
    ...missing.map(({ issue }) => issue),
    ...idle.map(({ entry, passed }) =>
      issueAt(
        config,
        entry.path,
        passed.length > 0 && entry.filters.length > 0
          ? `matches no GPU: its filter is for ${formatGpus(passed)}, and its devices name other GPUs`
          : 'matches no GPU',
      ),
    ),
  ]
  return { code: 'MIG_ENTRY_MATCHES_NO_GPU', summary: notForThis(config, state), issues }
}

export function findUnknownModels(
  config: SelectedConfig,
  state: MigState,
  matched: readonly MatchedEntry[],
): Finding {
  const issues = matched.flatMap(({ entry }) =>
    entry.filters.flatMap((filter, item) =>
      isUnknownModel(filter, state.gpus)
        ? [
            issueAt(
              config,
              [...entry.path, 'device-filter', item],
              `names an unknown GPU model, which no GPU here has: "${filter.text}"`,
            ),
          ]
        : [],
    ),
  )
  return { code: 'MIG_ENTRY_MATCHES_NO_GPU', summary: notForThis(config, state), issues }
}

/** A lost GPU cannot be read, so every entry that may mean it is refused. */
export function findLostGpus(config: SelectedConfig, { gpus, lostGpus }: MigState): Finding {
  const issues = config.entries.flatMap((entry) => {
    const meant = lostGpus.filter(
      (lost) =>
        typeof entry.devices === 'string' ||
        entry.devices.some((selector) =>
          // The address of a lost GPU is not known, but no other GPU has it.
          selector.kind === 'pci-address'
            ? !gpus.some((gpu) => selectsGpu(selector, gpu))
            : selectsGpu(selector, lost),
        ),
    )
    if (meant.length === 0) return []
    const which = meant.map(({ index, uuid }) => `GPU ${index}${uuid === null ? '' : ` (${uuid})`}`)
    return [issueAt(config, entry.paths.devices, `means ${which.join(', ')}, which is lost`)]
  })
  return {
    code: 'MIG_GPU_LOST',
    summary: 'A GPU has fallen off the bus and cannot be read',
    issues,
  }
}

export function findTooFewGpus(config: SelectedConfig, deciding: readonly MatchedEntry[]): Finding {
  const issues = deciding.flatMap(({ entry, gpus }) => {
    if (entry.count === null || gpus.length >= entry.count) return []
    const there = gpus.length === 0 ? 'no GPU is left' : `only ${formatGpus(gpus)} is left`
    return [issueAt(config, [...entry.path, 'count'], `asks for ${entry.count} GPUs, and ${there}`)]
  })
  return {
    code: 'MIG_ENTRY_MATCHES_NO_GPU',
    summary: `The configuration "${config.name}" asks for more GPUs than there are`,
    issues,
  }
}

function notForThis({ name }: SelectedConfig, state: MigState): string {
  return `The configuration "${name}" is not for this machine, which has ${describeGpus(state.gpus)}`
}

/** Devices to keep that do not exist, or that this process may not see. */
export function findMissingKept(config: SelectedConfig, state: MigState): Finding {
  const present = new Set(state.gpus.flatMap(listSeenDevices).map(({ uuid }) => uuid))
  const issues = config.entries.flatMap((entry) =>
    entry.keep === null || typeof entry.keep === 'string'
      ? []
      : entry.keep.flatMap((uuid, item) =>
          present.has(uuid)
            ? []
            : [issueAt(config, [...entry.path, 'keep', item], `names ${uuid}, which is not here`)],
        ),
  )
  return { code: 'MIG_ENTRY_MATCHES_NO_GPU', summary: notForThis(config, state), issues }
}
