import { formatPath } from '../../model/document-path.js'
import { formatIndexRanges } from '../../model/index-ranges.js'
import type { SelectedConfig } from '../document/select.js'
import { isForOtherModels, isIdle } from './check-entries.js'
import type { MatchedEntry } from './matched-entry.js'

/** Entries for other machines: one line for all, as a file for a whole fleet has many. */
export function warnOfIdleEntries(
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
