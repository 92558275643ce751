import { formatGpus } from '../model/gpu-text.js'
import { groupBy } from '../model/group-by.js'
import { formatPath } from './document-path.js'
import type { MatchedEntry } from './matched-entry.js'
import type { SelectedConfig } from './select.js'

export function warnOfIdleEntries(
  config: SelectedConfig,
  matched: readonly MatchedEntry[],
): readonly string[] {
  return matched
    .filter(({ gpus }) => gpus.length === 0)
    .map(({ position }) => `${placeOf(config, position)} matches no GPU of this machine`)
}

/** Entries that lose a GPU to a later one: mig-parted would build both, one after the other. */
export function warnOfOverriddenEntries(
  config: SelectedConfig,
  matched: readonly MatchedEntry[],
): readonly string[] {
  return matched.flatMap(({ position, gpus }) => {
    const lost = gpus.flatMap((gpu) => {
      const last = matched.findLast((other) => other.gpus.includes(gpu))?.position ?? position
      return gpu.mig === null || last === position ? [] : [{ gpu, last }]
    })
    return [...groupBy(lost, ({ last }) => last)].map(([last, pairs]) => {
      const where = formatGpus(pairs.map(({ gpu }) => gpu))
      return `${placeOf(config, position)} has no effect on ${where}: entry ${last} is later`
    })
  })
}

function placeOf({ name, locate }: SelectedConfig, position: number): string {
  const path = ['mig-configs', name, position]
  const found = locate(path, 'value')
  return found === null ? formatPath(path) : `${formatPath(path)} (line ${found.line})`
}
