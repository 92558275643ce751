import type { MigState } from '../../../types/model/state.js'
import { formatPath } from '../../model/document-path.js'
import { formatIndexRanges } from '../../model/gpu-text.js'
import { type ConfigEntry, isFixed } from '../document/entry.js'
import type { SelectedConfig } from '../document/select.js'
import { findIncapableGpus, findModeOff, findOnlyIncapableGpus } from './check-capable.js'
import { findConflicts, findOpposedModes } from './check-conflicts.js'
import {
  findAbsentGpus,
  findLostGpus,
  findMissingKept,
  findTooFewGpus,
  findUnknownModels,
} from './check-entries.js'
import { passesFilters } from './device-filter.js'
import { judgeFinding, rejectFinding } from './finding.js'
import { namesGpu } from './gpu-selector.js'
import { isForOtherModels, isIdle, type MatchedEntry } from './matched-entry.js'

export interface MatchedEntries {
  readonly deciding: readonly MatchedEntry[]
  readonly warnings: readonly string[]
}

/**
 * Which entry decides for which GPU: the last one that names it. Entries that choose their GPUs choose
 * from those that no other entry names. GPUs that no entry names, and those that cannot do MIG, are left
 * alone. Throws `MIG_GPU_LOST`, `MIG_ENTRY_MATCHES_NO_GPU`, `MIG_NOT_SUPPORTED`, `MIG_MODE_OFF` or
 * `MIG_CONFIG_CONFLICT`.
 */
export function matchEntries(config: SelectedConfig, state: MigState): MatchedEntries {
  const matched = config.entries.map((entry) => matchEntry(entry, state))
  rejectFinding(findLostGpus(config, state))
  const found = [findUnknownModels, findAbsentGpus, findOnlyIncapableGpus, findMissingKept].flatMap(
    (find) => judgeFinding(config, find(config, state, matched)),
  )
  rejectFinding(findIncapableGpus(config, matched))
  rejectFinding(findModeOff(config, matched))
  rejectFinding(findOpposedModes(config, matched))
  const conflicts = judgeFinding(config, findConflicts(config, matched))
  const deciding = decide(matched, state)
  rejectFinding(findTooFewGpus(config, deciding))
  return {
    deciding,
    warnings: [...found, ...warnOfIdleEntries(config, matched), ...conflicts],
  }
}

function matchEntry(entry: ConfigEntry, state: MigState): MatchedEntry {
  const passed = state.gpus.filter((gpu) => passesFilters(entry, gpu))
  return { entry, passed, gpus: passed.filter((gpu) => namesGpu(entry, gpu)) }
}

function decide(matched: readonly MatchedEntry[], state: MigState): readonly MatchedEntry[] {
  const capable = state.gpus.filter((gpu) => gpu.mig !== null)
  const fixed = matched.filter(({ entry }) => isFixed(entry))
  const deciderOf = new Map(
    capable.map((gpu) => [gpu, fixed.findLast(({ gpus }) => gpus.includes(gpu))]),
  )
  return matched.map((item) => {
    const { entry, gpus, passed } = item
    const named = entry.devices === 'others' ? passed : gpus
    return {
      ...item,
      gpus: named.filter((gpu) =>
        isFixed(entry)
          ? deciderOf.get(gpu) === item
          : deciderOf.has(gpu) && deciderOf.get(gpu) === undefined,
      ),
    }
  })
}

/** Entries for other machines, in one line, because a file for a whole fleet has many. */
function warnOfIdleEntries(
  { name, locate }: SelectedConfig,
  matched: readonly MatchedEntry[],
): readonly string[] {
  const idle = matched.filter((item) => isIdle(item) && isForOtherModels(item))
  const [first, ...others] = idle
  if (first === undefined || idle.length === matched.length) return []
  if (others.length === 0) {
    const { path } = first.entry
    const found = locate(path, 'value')
    const line = found === null ? '' : ` (line ${found.line})`
    return [`${formatPath(path)}${line} matches no GPU of this machine`]
  }
  const positions = formatIndexRanges(idle.map(({ entry }) => entry.position))
  const place = formatPath(['mig-configs', name])
  return [`${place}: entries ${positions} match no GPU of this machine`]
}
