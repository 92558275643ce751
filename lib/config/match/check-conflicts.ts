import type { ConfigIssue } from '../../../types/config/config.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import { formatGpus } from '../../model/gpu-text.js'
import { groupBy } from '../../model/group-by.js'
import { sum } from '../../model/numbers.js'
import { normaliseProfileName } from '../../model/profile-names.js'
import { type ConfigEntry, isFixed } from '../document/entry.js'
import type { SelectedConfig } from '../document/select.js'
import { type Finding, issueAt } from './finding.js'
import type { MatchedEntry } from './matched-entry.js'

/** Entries that turn MIG off and on for one GPU. NVIDIA's tool fails half way at these. */
export function findOpposedModes(
  config: SelectedConfig,
  matched: readonly MatchedEntry[],
): Finding {
  return conflictsOf(
    config,
    matched,
    ({ migEnabled }) => migEnabled,
    (entry, other, where) =>
      issueAt(
        config,
        [...entry.path, 'mig-enabled'],
        `is ${entry.migEnabled} for ${where}, and ${other.migEnabled} in entry ${other.position}`,
      ),
  )
}

/** Entries that want different things of one GPU. NVIDIA's tool builds them in turn, so the last one stays. */
export function findConflicts(config: SelectedConfig, matched: readonly MatchedEntry[]): Finding {
  return conflictsOf(config, matched, wantsText, (entry, other, where) => {
    const message = `has no effect on ${where}: entry ${entry.position} is later and asks for something else`
    return issueAt(config, other.path, message)
  })
}

/** What the earlier entries want of a GPU: the latest entry, and the latest one that wants something else. */
interface Asked {
  readonly wants: unknown
  readonly latest: ConfigEntry
  readonly different: ConfigEntry | undefined
}

/** One pass over the entries, however many select one GPU. Entries agree if `wantsOf` gives equal values. */
function conflictsOf(
  config: SelectedConfig,
  matched: readonly MatchedEntry[],
  wantsOf: (entry: ConfigEntry) => unknown,
  describe: (entry: ConfigEntry, earlier: ConfigEntry, where: string) => ConfigIssue,
): Finding {
  const askedOf = new Map<AnyGpuState, Asked>()
  const issues = matched.flatMap(({ entry, gpus }) => {
    if (!isFixed(entry)) return []
    const wants = wantsOf(entry)
    const pairs = gpus.filter(isCapable).flatMap((gpu) => {
      const before = askedOf.get(gpu)
      const other = before?.wants === wants ? before?.different : before?.latest
      askedOf.set(gpu, { wants, latest: entry, different: other })
      return other === undefined ? [] : [{ gpu, other }]
    })
    return [...groupBy(pairs, ({ other }) => other)].map(([other, same]) =>
      describe(entry, other, formatGpus(same.map(({ gpu }) => gpu))),
    )
  })
  const summary = `The configuration "${config.name}" contradicts itself`
  return { code: 'MIG_CONFIG_CONFLICT', summary, issues }
}

function isCapable(gpu: AnyGpuState): boolean {
  return gpu.mig !== null
}

/** Equal for entries that want the same, however they spell it. */
function wantsText({ wants, atLeast, keep }: ConfigEntry): string {
  if (wants.kind === 'placements') {
    return JSON.stringify(
      wants.placements.map(({ profile, start, computeInstances }) => [
        profile,
        start,
        computeInstances,
      ]),
    )
  }
  const sizes = groupBy(wants.requests, ({ size }) =>
    JSON.stringify(size.kind === 'name' ? normaliseProfileName(size.name) : size),
  )
  const counts = [...sizes]
    .map(([size, same]) => [size, sum(same.map(({ count }) => count))] as const)
    .filter(([, count]) => count > 0)
    .sort()
  return JSON.stringify([wants.field, counts, atLeast, keep])
}
