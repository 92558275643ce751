import type { ConfigIssue } from '../../types/config.js'
import type { MigCode } from '../../types/errors.js'
import type { GpuState, MigState } from '../../types/state.js'
import { MigError } from '../errors.js'
import { describeGpus, formatGpus } from '../model/gpu-text.js'
import { groupBy } from '../model/group-by.js'
import { listFilters } from './device-filter.js'
import { createIssue, type DocumentPath, describeIssues } from './document-path.js'
import type { MatchedEntry } from './matched-entry.js'
import type { SelectedConfig } from './select.js'

/** An index without a filter says that the GPU is there. A filter does not: files serve many machines. */
export function rejectMissingGpus(
  config: SelectedConfig,
  state: MigState,
  matched: readonly MatchedEntry[],
): void {
  const present = new Set([...state.gpus, ...state.lostGpus].map(({ index }) => index))
  const missing = matched.flatMap(({ entry, position }) => {
    if (entry.devices === 'all' || listFilters(entry).length > 0) return []
    return entry.devices.flatMap((index, item) =>
      present.has(index)
        ? []
        : [issueAt(config, position, ['devices', item], `names GPU ${index}, which is not here`)],
    )
  })
  const idle = matched.every(({ gpus }) => gpus.length === 0)
    ? matched.map(({ position }) => issueAt(config, position, [], 'matches no GPU'))
    : []
  throwIssues(
    'MIG_ENTRY_MATCHES_NO_GPU',
    `The configuration "${config.name}" is not for this machine, which has ${describeGpus(state.gpus)}`,
    missing.length > 0 ? missing : idle,
  )
}

/** What a lost GPU is cannot be read, so that every entry that may mean it is refused. */
export function rejectLostGpus(config: SelectedConfig, { lostGpus }: MigState): void {
  const issues = config.entries.flatMap(({ devices }, position) => {
    const meant = lostGpus.filter(({ index }) => devices === 'all' || devices.includes(index))
    if (meant.length === 0) return []
    const which = meant.map(({ index, uuid }) => `GPU ${index}${uuid === null ? '' : ` (${uuid})`}`)
    return [issueAt(config, position, ['devices'], `means ${which.join(', ')}, which is lost`)]
  })
  throwIssues('MIG_GPU_LOST', 'A GPU has fallen off the bus and cannot be read', issues)
}

/** `all` means all that can do MIG, as long as there is one. */
export function rejectUnsupportedGpus(
  config: SelectedConfig,
  matched: readonly MatchedEntry[],
): void {
  const enabling = matched.filter(({ entry }) => entry['mig-enabled'])
  const named = enabling.flatMap(({ entry, position, gpus }) =>
    gpus.filter(isIncapable).flatMap((gpu) => {
      if (entry.devices === 'all') return []
      const path = ['devices', entry.devices.indexOf(gpu.index)]
      return [issueAt(config, position, path, `names ${describeGpus([gpu])}`)]
    }),
  )
  const nothingCapable = matched.every(({ gpus }) => gpus.every(isIncapable))
  const vain = nothingCapable
    ? enabling.map(({ position, gpus }) =>
        issueAt(config, position, ['devices'], `names only ${describeGpus(gpus)}`),
      )
    : []
  throwIssues(
    'MIG_NOT_SUPPORTED',
    `The configuration "${config.name}" turns MIG on where the GPU cannot do it`,
    named.length > 0 ? named : vain,
  )
}

/** Later entries win, but not over the mode: to turn MIG off and on again is never what was meant. */
export function rejectConflicts(config: SelectedConfig, matched: readonly MatchedEntry[]): void {
  const issues = matched.flatMap(({ entry, position, gpus }) => {
    const opposed = gpus
      .filter((gpu) => !isIncapable(gpu))
      .flatMap((gpu) => {
        const other = matched.find(
          (earlier) =>
            earlier.position < position &&
            earlier.gpus.includes(gpu) &&
            earlier.entry['mig-enabled'] !== entry['mig-enabled'],
        )
        return other === undefined ? [] : [{ gpu, other: other.position }]
      })
    return [...groupBy(opposed, ({ other }) => other)].map(([other, pairs]) => {
      const where = formatGpus(pairs.map(({ gpu }) => gpu))
      const message = `is ${entry['mig-enabled']} for ${where}, and ${!entry['mig-enabled']} in entry ${other}`
      return issueAt(config, position, ['mig-enabled'], message)
    })
  })
  throwIssues(
    'MIG_CONFIG_CONFLICT',
    `The configuration "${config.name}" contradicts itself`,
    issues,
  )
}

function isIncapable(gpu: GpuState): boolean {
  return gpu.mig === null
}

function issueAt(
  { name, locate }: SelectedConfig,
  position: number,
  path: DocumentPath,
  message: string,
): ConfigIssue {
  return createIssue(locate, ['mig-configs', name, position, ...path], 'value', message)
}

function throwIssues(code: MigCode, summary: string, issues: readonly ConfigIssue[]): void {
  if (issues.length > 0) throw new MigError(code, describeIssues(summary, issues), { issues })
}
