import type { ConfigIssue } from '../../../types/config.js'
import type { GpuState } from '../../../types/state.js'
import { formatGpus } from '../../model/gpu-text.js'
import { groupBy } from '../../model/group-by.js'
import { normaliseProfileName } from '../../model/profile-names.js'
import { type ConfigEntry, isFixed } from '../document/entry.js'
import type { SelectedConfig } from '../document/select.js'
import { type Finding, issueAt } from './finding.js'
import type { MatchedEntry } from './matched-entry.js'

/** To turn MIG off and on again is never what was meant: NVIDIA's tool fails at it half way. */
export function findOpposedModes(
  config: SelectedConfig,
  matched: readonly MatchedEntry[],
): Finding {
  return conflictsOf(
    config,
    matched,
    (entry, other) => entry.migEnabled !== other.migEnabled,
    (entry, other, where) =>
      issueAt(
        config,
        entry,
        ['mig-enabled'],
        `is ${entry.migEnabled} for ${where}, and ${other.migEnabled} in entry ${other.position}`,
      ),
  )
}

/** NVIDIA's tool builds one after the other, so that the last stays. */
export function findConflicts(config: SelectedConfig, matched: readonly MatchedEntry[]): Finding {
  return conflictsOf(
    config,
    matched,
    (entry, other) => wantsText(entry) !== wantsText(other),
    (entry, other, where) => {
      const message = `has no effect on ${where}: entry ${entry.position} is later and asks for something else`
      return issueAt(config, other, [], message)
    },
  )
}

function conflictsOf(
  config: SelectedConfig,
  matched: readonly MatchedEntry[],
  contradicts: (entry: ConfigEntry, earlier: ConfigEntry) => boolean,
  describe: (entry: ConfigEntry, earlier: ConfigEntry, where: string) => ConfigIssue,
): Finding {
  const fixed = matched.filter(({ entry }) => isFixed(entry))
  const issues = fixed.flatMap(({ entry, gpus }) => {
    const pairs = gpus.filter(isCapable).flatMap((gpu) => {
      const earlier = fixed.filter(
        (other) => other.entry.position < entry.position && other.gpus.includes(gpu),
      )
      const other = earlier.findLast((each) => contradicts(entry, each.entry))
      return other === undefined ? [] : [{ gpu, other: other.entry }]
    })
    return [...groupBy(pairs, ({ other }) => other)].map(([other, same]) =>
      describe(entry, other, formatGpus(same.map(({ gpu }) => gpu))),
    )
  })
  const summary = `The configuration "${config.name}" contradicts itself`
  return { code: 'MIG_CONFIG_CONFLICT', summary, issues }
}

function isCapable(gpu: GpuState): boolean {
  return gpu.mig !== null
}

/** Equal for entries that ask for the same, in whatever words. */
function wantsText({ wants, atLeast, keep }: ConfigEntry): string {
  if (wants.kind === 'placements') {
    return JSON.stringify(wants.placements.map(({ path: _, ...placement }) => placement))
  }
  const sizes = groupBy(wants.requests, ({ size }) =>
    JSON.stringify(size.kind === 'name' ? normaliseProfileName(size.name) : size),
  )
  const counts = [...sizes]
    .map(([size, same]) => [size, same.reduce((sum, { count }) => sum + count, 0)] as const)
    .filter(([, count]) => count > 0)
    .sort()
  return JSON.stringify([wants.field, counts, atLeast, keep])
}
