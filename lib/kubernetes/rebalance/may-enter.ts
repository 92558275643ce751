import type {
  NodeRequirement,
  NodeSelectorTerm,
  NodeTaint,
  PodToleration,
  RebalanceNode,
  RebalancePod,
} from '../../../types/kubernetes/rebalance.js'

const cordon: NodeTaint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }

type Conditions = Pick<RebalancePod, 'nodeSelector' | 'nodeTerms' | 'tolerations'>

/** Whether the scheduler would let the pod onto the node, by its labels and taints. */
export function mayEnter(node: RebalanceNode, pod: Conditions): boolean {
  const { labels = {}, taints = [], unschedulable = false } = node
  const { nodeSelector = {}, nodeTerms, tolerations = [] } = pod
  return (
    Object.entries(nodeSelector).every(([label, value]) => labelOf(labels, label) === value) &&
    (nodeTerms === undefined || nodeTerms.some((term) => meetsTerm(node, term))) &&
    [...taints, ...(unschedulable ? [cordon] : [])]
      .filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute')
      .every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)))
  )
}

/** An empty term matches no node (Kubernetes API, NodeSelectorTerm). */
function meetsTerm(
  { name, labels = {} }: RebalanceNode,
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
): boolean {
  return (
    matchExpressions.length + matchFields.length > 0 &&
    matchExpressions.every((each) => meets(labelOf(labels, each.key), each)) &&
    matchFields.every((each) => meets(each.key === 'metadata.name' ? name : undefined, each))
  )
}

/** Whether a value satisfies one condition. */
export function meets(
  value: string | undefined,
  { operator, values = [] }: NodeRequirement,
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0])
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0])
    default:
      return false
  }
}

/** A toleration without a key that says `Exists` tolerates everything; one without an effect, each effect. */
function tolerates(
  { key, operator = 'Equal', value = '', effect }: PodToleration,
  taint: NodeTaint,
): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false
  if (key === undefined || key === '') return operator === 'Exists'
  if (key !== taint.key) return false
  return operator === 'Exists' || value === (taint.value ?? '')
}

export function labelOf(
  labels: Readonly<Record<string, string>>,
  label: string,
): string | undefined {
  return Object.hasOwn(labels, label) ? labels[label] : undefined
}
