import type { ClusterObject, JsonPatchOperation } from '../../../types/kubernetes/cluster-client.js'
import type { RebalanceRecord } from '../../../types/kubernetes/rebalance-cluster.js'
import { metadataChange } from '../agent/metadata-change.js'
import {
  configLabel,
  configsAnnotation,
  evictAnnotation,
  layoutAnnotation,
  rebalanceAnnotation,
} from '../agent/names.js'
import { testVersion } from '../agent/taint-change.js'
import {
  goesOn,
  isOwnNode,
  readRebalanceRecord,
  rebalanceVersion,
} from '../demand/rebalance-record.js'
import { readNodeLayout } from '../layout/read-node-layout.js'
import { beforeName, changeName } from './config-names.js'
import type { ChangeStart } from './next-changes.js'
import { formatNodeConfigs } from './node-configs.js'

const mostPods = 20

/** What the cluster was like when a change began. */
export interface BeginContext {
  readonly now: number
  /** How long a node keeps its layout after a plan. */
  readonly restMs: number
  /** Controllers of the pods that leave, with how many of their pods run. */
  readonly successors: RebalanceRecord['successors']
}

/**
 * The patch that begins the change of a node: its configurations, the label that names one, and the record, all at once. The API server
 * refuses it where the node is not the one that was planned with.
 */
export function beginChange(
  node: ClusterObject,
  start: ChangeStart,
  { now, restMs, successors }: BeginContext,
): readonly JsonPatchOperation[] {
  const { gpus, evicts, promised } = start
  const { labels = {}, annotations = {} } = node.metadata
  const layout = readNodeLayout(annotations[layoutAnnotation] ?? '')
  const since = new Date(now).toISOString()
  const config = changeName(since)
  const before = beforeName(since)
  const record: RebalanceRecord = {
    version: rebalanceVersion,
    config,
    before,
    named: isOwnNode(node) ? namedBefore(node) : (labels[configLabel] ?? null),
    since,
    state: 'going',
    pods: promised.slice(0, mostPods),
    created: gpus.flatMap(({ gpu, created }) =>
      created.map(({ profileId, placement }) => ({ gpu, profileId, start: placement.start })),
    ),
    later: laterOf(readRebalanceRecord(node), start, now - restMs),
    successors,
    reason: null,
  }
  return [
    testVersion(node),
    ...metadataChange(node, 'labels', { [configLabel]: config }),
    ...metadataChange(node, 'annotations', {
      [configsAnnotation]: formatNodeConfigs(layout, gpus, { next: config, before }),
      [rebalanceAnnotation]: JSON.stringify(record),
      [evictAnnotation]: evicts.length > 0 ? evicts.join() : null,
    }),
  ]
}

/** A plan in several steps goes back to what a person had named before the first one. */
function namedBefore(node: ClusterObject): string | null {
  const record = readRebalanceRecord(node)
  return record !== null && goesOn(record) ? record.named : null
}

/**
 * Without a rest between them, the steps of a plan change fewer GPUs each time. Plans differ as the cluster does, and a node would
 * otherwise never rest.
 */
function laterOf(
  before: RebalanceRecord | null,
  { gpus, later }: ChangeStart,
  restedAt: number,
): readonly string[] {
  if (before === null || !goesOn(before) || Date.parse(before.since) <= restedAt) return later
  const goesFurther = gpus.some(({ gpu }) => before.later.includes(gpu))
  return goesFurther ? later.filter((gpu) => before.later.includes(gpu)) : []
}
