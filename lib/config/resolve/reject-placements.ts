import type { ConfigIssue } from '../../../types/config/config.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { createIssue, type DocumentPath, describeIssues } from '../../model/document-path.js'
import { formatGpus } from '../../model/gpu-text.js'
import { groupBy } from '../../model/group-by.js'
import type { SelectedConfig } from '../document/select.js'

/** A part of exact placements that a GPU cannot have. */
export interface BadPlacement {
  readonly gpu: AnyGpuState
  readonly path: DocumentPath
  readonly code: 'MIG_PROFILE_UNKNOWN' | 'MIG_PARTITION_INFEASIBLE'
  readonly message: string
}

export function rejectBadPlacements(config: SelectedConfig, bad: readonly BadPlacement[]): void {
  const [first] = bad
  if (first === undefined) return
  const same = bad.filter(({ code }) => code === first.code)
  const alike = groupBy(same, ({ path, message }) => JSON.stringify([path, message]))
  const issues = [...alike.values()].flatMap((group): ConfigIssue[] => {
    const [one] = group
    if (one === undefined) return []
    const where = formatGpus(group.map(({ gpu }) => gpu))
    return [createIssue(config.locate, one.path, 'value', `${one.message} (${where})`)]
  })
  const summary = `The configuration "${config.name}" asks for placements that a GPU does not have`
  throw new MigError(first.code, describeIssues(summary, issues), { issues })
}
