import type {
  ClusterOverview,
  CountBySize,
  NodeOverview,
  OverviewNodes,
  OverviewOptions,
} from '../../../types/kubernetes/node-overview.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import { listOf, objectOf, openObjectOf, wholeFrom } from '../../model/checks/kinds.js'
import { deepFreeze } from '../../model/freeze.js'
import { compareProfileNames } from '../../model/profile-names.js'
import { overviewOf } from './node-overview.js'

const rules: RulesOf<OverviewOptions> = { now: wholeFrom(0) }
const nodesRule = objectOf(
  { nodes: listOf(openObjectOf({ metadata: openObjectOf({}) }, 'metadata')) },
  'nodes',
)

/**
 * What the nodes of a cluster say of their GPUs: the layouts that agents publish, what is free, and what could still be created. Pure.
 *
 * @throws TypeError for what is no list of nodes.
 */
export function clusterOverview(
  nodes: OverviewNodes,
  options: OverviewOptions = {},
): ClusterOverview {
  checkOptions('clusterOverview', { nodes }, nodesRule)
  checkOptions('clusterOverview', options, objectOf(rules))
  const { now = Date.now() } = options
  return sumOverviews(nodes.map((node) => overviewOf(node, now)))
}

/** Some nodes with their sums. */
export function sumOverviews(nodes: readonly NodeOverview[]): ClusterOverview {
  const all = nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return deepFreeze({
    nodes: all,
    gpus: all.reduce((sum, { layout }) => sum + countGpus(layout), 0),
    used: sumOf(all.map(({ used }) => used)),
    free: sumOf(all.map(({ free }) => free)),
    room: sumOf(all.map(({ room }) => room)),
  })
}

function countGpus(layout: NodeOverview['layout']): number {
  return layout === null ? 0 : layout.state.gpus.length + layout.state.lostGpus.length
}

function sumOf(counts: readonly CountBySize[]): CountBySize {
  const sum: Record<string, number> = {}
  for (const each of counts)
    for (const [size, count] of Object.entries(each)) sum[size] = (sum[size] ?? 0) + count
  return Object.fromEntries(Object.entries(sum).sort(([a], [b]) => compareProfileNames(a, b)))
}
