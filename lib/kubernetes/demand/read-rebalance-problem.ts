import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type {
  DeviceClass,
  ResourceClaim,
  ResourceSlice,
} from '../../../types/kubernetes/dra/objects.js'
import type {
  RebalanceLeftOut,
  RebalanceNode,
  RebalancePod,
} from '../../../types/kubernetes/rebalance.js'
import type {
  RebalanceObjects,
  RebalanceReading,
  RebalanceReadOptions,
} from '../../../types/kubernetes/rebalance-cluster.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import {
  flag,
  listOf,
  object,
  objectOf,
  oneOf,
  openObjectOf,
  wholeFrom,
} from '../../model/checks/kinds.js'
import { copyPlain } from '../../model/copy-plain.js'
import { deepFreeze } from '../../model/freeze.js'
import { groupBy } from '../../model/group-by.js'
import { hasEnded } from '../agent/pod-facts.js'
import { nvidiaDriver } from '../dra/class-names.js'
import { gpusOfLayout, type KnownModels } from './gpu-of-layout.js'
import { allowedBy, movablePods } from './movable-pods.js'
import { seeNode } from './node-of-cluster.js'
import { changesOf, gaveUpPods } from './past-changes.js'
import { createPodReader, pendingSince } from './pod-of-cluster.js'
import { partsOf, type SingleNode, severalMeanings } from './served-node.js'
import { holdForStarting } from './starting-pods.js'

const objects = listOf(openObjectOf({ metadata: openObjectOf({}) }, 'metadata'))
const objectRules: RulesOf<RebalanceObjects> = {
  nodes: objects,
  pods: objects,
  budgets: objects,
  claims: objects,
  classes: objects,
  slices: objects,
}
const optionRules: RulesOf<RebalanceReadOptions> = {
  now: wholeFrom(0),
  retryMs: wholeFrom(0),
  move: flag,
  modeChanges: oneOf('none', 'free', 'all'),
  reserves: listOf(object),
  mix: object,
}

/**
 * Reads a cluster as a problem of `planRebalance`. Pure. Nodes and pods that cannot be planned with are left out, each with its reason;
 * a node that may not change is in the problem as `fixed`, and named as well.
 *
 * @throws TypeError for what is no list of objects, and for wrong options.
 */
export function readRebalanceProblem(
  given: RebalanceObjects,
  options: RebalanceReadOptions = {},
): RebalanceReading {
  checkOptions('readRebalanceProblem', given, objectOf(objectRules, 'nodes', 'pods'))
  checkOptions('readRebalanceProblem', options, objectOf(optionRules))
  const { now = Date.now(), retryMs = 1_800_000 } = options
  const { move = false, modeChanges, reserves, mix } = options
  const { budgets = [], claims = [], classes = [], slices = [] } = given
  const leftOut: RebalanceLeftOut[] = []
  const slicesOf = groupBy(
    (slices as unknown as readonly ResourceSlice[]).filter(
      ({ spec }) => spec.driver === nvidiaDriver,
    ),
    ({ spec }) => spec.nodeName,
  )
  const hasClasses = (classes as unknown as readonly DeviceClass[]).some(
    ({ spec }) => spec.extendedResourceName?.startsWith('nvidia.com/mig-') === true,
  )
  const podsOf = groupBy(
    given.pods.filter((pod) => !hasEnded(pod)),
    (pod) => nodeNameOf(pod) ?? '',
  )
  const known: KnownModels = new Map()
  const singles: SingleNode[] = []
  const seen = given.nodes.flatMap((node) => {
    const { name = '' } = node.metadata
    const one = seeNode(node, { slicesOf, hasClasses }, now)
    if (one === null) return []
    if ('leftOut' in one) {
      const { leftOut: reason, passes, single } = one
      leftOut.push({ kind: 'node', name, reason, passes })
      if (single !== null)
        singles.push({ ...partsOf(node, { byResource: true, byClaim: false }), size: single })
      return []
    }
    const gpus = gpusOfLayout(one.layout, modeChanges, known)
    return gpus.length === 0 ? [] : [{ ...one, object: node, name, gpus }]
  })
  const sizes = new Set(
    seen.flatMap(({ layout }) =>
      layout.state.gpus.flatMap(({ geometry }) =>
        (geometry?.profiles ?? []).map((each) => each.name),
      ),
    ),
  )
  const read = createPodReader({
    claims: new Map(
      (claims as unknown as readonly ResourceClaim[]).map((claim) => [
        `${claim.metadata.namespace}/${claim.metadata.name}`,
        claim,
      ]),
    ),
    classes: new Map(
      (classes as unknown as readonly DeviceClass[]).map((each) => [each.metadata.name, each]),
    ),
    sizes: [...sizes],
  })
  const nodes = seen.map(({ object: node, name, service, gpus, layout, fixed }): RebalanceNode => {
    const starting = holdForStarting(gpus, layout, podsOf.get(name) ?? [], read)
    const reason = fixed ?? starting.reason
    if (reason !== null) leftOut.push({ kind: 'node', name, reason, passes: fixed === null })
    return {
      ...partsOf(node, service),
      gpus: starting.gpus,
      ...(reason === null ? {} : { fixed: reason }),
    }
  })
  const gaveUp = gaveUpPods(given.nodes, now - retryMs)
  const since: Record<string, number> = {}
  const pods = given.pods.flatMap((pod): readonly RebalancePod[] => {
    const demand = read.pending(pod)
    if (demand === null) return []
    const name = `${pod.metadata.namespace}/${pod.metadata.name}`
    const reason =
      typeof demand === 'string' ? demand : (gaveUp.get(name) ?? severalMeanings(demand, singles))
    if (reason !== null) leftOut.push({ kind: 'pod', name, reason, passes: false })
    if (typeof demand === 'string' || reason !== null) return []
    since[name] = pendingSince(pod)
    return [demand]
  })
  return deepFreeze({
    problem: {
      nodes,
      pods,
      ...(reserves === undefined ? {} : { reserves: copyPlain(reserves) }),
      ...(mix === undefined ? {} : { mix: copyPlain(mix) }),
      ...(move
        ? {
            movable: movablePods(given.pods, budgets, nodes, read.demand),
            budgets: allowedBy(budgets),
            moveFrom: 'destroyed' as const,
          }
        : {}),
    },
    leftOut,
    memory: { pendingSince: since, changedAt: changesOf(given.nodes) },
  })
}

function nodeNameOf(pod: ClusterObject): string | undefined {
  return ((pod['spec'] ?? {}) as { readonly nodeName?: string }).nodeName
}
