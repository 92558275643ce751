import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import { goesOn, readRebalanceRecord } from './rebalance-record.js'

/** When each node was last changed. One with a part of its plan to come does not rest. */
export function changesOf(nodes: readonly ClusterObject[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    nodes.flatMap((node) => {
      const record = readRebalanceRecord(node)
      return record === null || goesOn(record)
        ? []
        : [[node.metadata.name ?? '', Date.parse(record.since)]]
    }),
  )
}

/** Pods that did not come to a node that changed for them since then, each with the reason. */
export function gaveUpPods(
  nodes: readonly ClusterObject[],
  since: number,
): ReadonlyMap<string, string> {
  return new Map(
    nodes.flatMap((node) => {
      const record = readRebalanceRecord(node)
      if (record === null || record.state !== 'back' || Date.parse(record.since) < since) return []
      const reason = `it did not come to ${node.metadata.name} after the change of ${record.since}`
      return record.pods.map((pod) => [pod, reason] as const)
    }),
  )
}
