import type { MigConfigEntry } from '../../types/config.js'
import type { GpuState, MigState } from '../../types/state.js'
import { MigError } from '../errors.js'
import { formatIndexRanges } from '../model/index-ranges.js'
import { formatPciId, matchesPciIds, parsePciIds } from '../model/pci-ids.js'
import { createIssue, describeIssues, formatPath } from './document-path.js'
import type { SelectedConfig } from './select.js'

/** A MIG-capable GPU and the entry that decides for it. */
export interface EntryMatch {
  readonly gpu: GpuState
  /** Position in the configuration. */
  readonly entry: number
}

export interface EntryMatches {
  /** In ascending order of GPU index. GPUs that no entry names are absent. */
  readonly matches: readonly EntryMatch[]
  readonly warnings: readonly string[]
}

/**
 * Which entry decides for which GPU: the last one that matches. Throws `MIG_ENTRY_MATCHES_NO_GPU`,
 * `MIG_NOT_SUPPORTED` or `MIG_CONFIG_CONFLICT`.
 */
export function matchEntries(config: SelectedConfig, state: MigState): EntryMatches {
  const matched = config.entries.map((entry) => state.gpus.filter((gpu) => matches(entry, gpu)))
  rejectMissingGpus(config, state, matched)
  rejectUnsupportedGpus(config, matched)
  const entriesByGpu = state.gpus
    .filter((gpu) => gpu.mig !== null)
    .map((gpu) => ({
      gpu,
      entries: matched.flatMap((gpus, entry) => (gpus.includes(gpu) ? [entry] : [])),
    }))
  rejectConflicts(config, entriesByGpu)
  return {
    matches: entriesByGpu.flatMap(({ gpu, entries }) => {
      const entry = entries.at(-1)
      return entry === undefined ? [] : [{ gpu, entry }]
    }),
    warnings: [
      ...warnOfIdleEntries(config, matched),
      ...warnOfOverriddenEntries(config, entriesByGpu),
    ],
  }
}

function matches(entry: MigConfigEntry, gpu: GpuState): boolean {
  const filters = listFilters(entry)
  const passes = filters.length === 0 || filters.some((filter) => passesFilter(filter, gpu))
  return passes && (entry.devices === 'all' || entry.devices.includes(gpu.index))
}

function passesFilter(filter: string, gpu: GpuState): boolean {
  if (filter === '') return true
  const result = parsePciIds(filter)
  return result.kind === 'ids' && matchesPciIds(result.ids, gpu)
}

function listFilters({ 'device-filter': filter }: MigConfigEntry): readonly string[] {
  if (filter === undefined || filter === null || filter === '') return []
  return typeof filter === 'string' ? [filter] : filter
}

const entryPath = (config: SelectedConfig, entry: number): readonly (string | number)[] => [
  'mig-configs',
  config.name,
  entry,
]

/** An index without a filter is a promise that the GPU is there; a filter is not. */
function rejectMissingGpus(
  config: SelectedConfig,
  state: MigState,
  matched: readonly (readonly GpuState[])[],
): void {
  const present = new Set(state.gpus.map(({ index }) => index))
  const issues = config.entries.flatMap((entry, position) => {
    if (entry.devices === 'all' || listFilters(entry).length > 0) return []
    return entry.devices.flatMap((index, item) => {
      if (present.has(index)) return []
      const path = [...entryPath(config, position), 'devices', item]
      return [createIssue(config.locate, path, 'value', `names GPU ${index}, which is not here`)]
    })
  })
  if (issues.length === 0 && matched.every((gpus) => gpus.length === 0)) {
    issues.push(
      ...config.entries.map((_, position) =>
        createIssue(config.locate, entryPath(config, position), 'value', 'matches no GPU'),
      ),
    )
  }
  if (issues.length === 0) return
  const summary = `The configuration "${config.name}" does not fit this machine, which has ${describeGpus(state)}`
  throw new MigError('MIG_ENTRY_MATCHES_NO_GPU', describeIssues(summary, issues), { issues })
}

function describeGpus({ gpus }: MigState): string {
  if (gpus.length === 0) return 'no GPU'
  const byModel = Map.groupBy(gpus, (gpu) => `${gpu.name}, ${formatPciId(gpu.pciDeviceId)}`)
  return [...byModel]
    .map(([model, same]) => `GPU ${formatIndexRanges(same.map(({ index }) => index))} (${model})`)
    .join(' and ')
}
