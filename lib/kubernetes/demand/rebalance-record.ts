import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { RebalanceRecord } from '../../../types/kubernetes/rebalance-cluster.js'
import { findFault } from '../../model/checks/find-fault.js'
import {
  either,
  listOf,
  nonEmpty,
  objectOf,
  oneOf,
  openObjectOf,
  wholeFrom,
} from '../../model/checks/kinds.js'
import { configLabel, rebalanceAnnotation } from '../agent/names.js'

export const rebalanceVersion = 'mig-nvml/rebalance/v1'

const created = objectOf(
  { gpu: nonEmpty, profileId: wholeFrom(0), start: wholeFrom(0) },
  'gpu',
  'profileId',
  'start',
)
const successor = objectOf(
  { namespace: nonEmpty, controller: nonEmpty, running: wholeFrom(0) },
  'namespace',
  'controller',
  'running',
)
const recordRule = openObjectOf(
  {
    version: oneOf(rebalanceVersion),
    config: nonEmpty,
    before: nonEmpty,
    since: {
      allowed: 'a time',
      accepts: (value) => typeof value === 'string' && Number.isFinite(Date.parse(value)),
    },
    state: oneOf('going', 'kept', 'returning', 'back'),
    pods: listOf(nonEmpty),
    created: listOf(created),
    named: either(oneOf(null), nonEmpty),
    later: listOf(nonEmpty),
    successors: listOf(successor),
  },
  ...['version', 'config', 'before', 'since', 'state', 'pods', 'created'],
)

const unsaid: Pick<RebalanceRecord, 'reason' | 'named' | 'later' | 'successors'> = {
  reason: null,
  named: null,
  later: [],
  successors: [],
}

/** Null: there is none, or it makes no sense. Then the label of the node counts as a person's choice. */
export function readRebalanceRecord({ metadata }: ClusterObject): RebalanceRecord | null {
  const text = metadata.annotations?.[rebalanceAnnotation]
  if (text === undefined) return null
  try {
    const value: unknown = JSON.parse(text)
    if (findFault(value, recordRule) !== null) return null
    return { ...unsaid, ...(value as object) } as RebalanceRecord
  } catch {
    return null
  }
}

/** Whether a part of the plan is to come that began with this change. */
export function goesOn({ state, later }: RebalanceRecord): boolean {
  return state === 'kept' && later.length > 0
}

/** Whether nobody but the rebalancer has named a configuration of the node. */
export function isOwnNode(node: ClusterObject): boolean {
  const label = node.metadata.labels?.[configLabel]
  return label === undefined || label === '' || readRebalanceRecord(node)?.config === label
}
