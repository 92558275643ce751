import type { ClusterObject, JsonPatchOperation } from '../../../types/kubernetes/cluster-client.js'
import type { RebalanceRecord } from '../../../types/kubernetes/rebalance-cluster.js'
import { metadataChange } from '../agent/metadata-change.js'
import { configLabel, evictAnnotation, rebalanceAnnotation } from '../agent/names.js'
import { testVersion } from '../agent/taint-change.js'
import { readRebalanceRecord } from '../demand/rebalance-record.js'
import type { ChangeProgress } from './change-progress.js'
import { changeAfter } from './config-names.js'

/** The patch that follows from the progress of a change. Empty: nothing follows yet. */
export function endChange(
  node: ClusterObject,
  progress: ChangeProgress,
  now: number,
): readonly JsonPatchOperation[] {
  const record = readRebalanceRecord(node)
  if (record === null) return []
  const written = (change: Partial<RebalanceRecord>): readonly JsonPatchOperation[] =>
    metadataChange(node, 'annotations', {
      [rebalanceAnnotation]: JSON.stringify({ ...record, ...change }),
      [evictAnnotation]: null,
    })
  const names = (config: string): readonly JsonPatchOperation[] =>
    metadataChange(node, 'labels', { [configLabel]: config })
  switch (progress.step) {
    case 'none':
    case 'wait':
      return []
    case 'keep':
      return [testVersion(node), ...written({ state: 'kept' })]
    case 'settle':
      return [
        testVersion(node),
        // The layout is as it was under that name, so its agent has nothing to do.
        ...(progress.isBack && record.named !== null ? names(record.named) : []),
        ...written({ state: 'back' }),
      ]
    case 'return':
      return [
        testVersion(node),
        ...names(record.before),
        ...written({
          state: 'returning',
          config: record.before,
          since: new Date(now).toISOString(),
          pods: progress.missing,
          reason: progress.reason,
        }),
      ]
    case 'stay': {
      const config = changeAfter(record.before)
      return [
        testVersion(node),
        ...names(config),
        ...written({ state: 'going', config, pods: [], later: [], successors: [] }),
      ]
    }
    case 'release':
      return [
        testVersion(node),
        ...metadataChange(node, 'annotations', {
          [rebalanceAnnotation]: null,
          [evictAnnotation]: null,
        }),
      ]
    default:
      return progress satisfies never
  }
}
