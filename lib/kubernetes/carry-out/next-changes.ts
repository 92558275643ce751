import type {
  NodeRebalance,
  PodMove,
  RebalancePlan,
  RebalanceProblem,
} from '../../../types/kubernetes/rebalance.js'
import { groupBy } from '../../model/group-by.js'

/** The part of a node's change that begins now. */
export interface ChangeStart extends NodeRebalance {
  /** Pods that move away from these GPUs. No other pod is evicted. */
  readonly evicts: readonly string[]
  /** Pods that get their devices by it. */
  readonly promised: readonly string[]
  /** The other GPUs of the node that the plan changes, by id: they come after this part. */
  readonly later: readonly string[]
}

type Given = Pick<RebalancePlan, 'changes' | 'admitted' | 'moves'>

/**
 * What begins now. First come the GPUs that no pod has to leave, on `most` nodes, those with the most pods to come first. When these
 * have changed, pods move in the order of the plan: those that leave one node next, as far as each has its place by now.
 */
export function nextChanges(
  { nodes }: Pick<RebalanceProblem, 'nodes'>,
  plan: Given,
  most: number,
): readonly ChangeStart[] {
  const { changes, moves } = plan
  const gpuOf = gpusOfPods(nodes)
  const movesOf = groupBy(moves, ({ pod }) => gpuOf.get(pod))
  const start = (
    change: NodeRebalance,
    mayBegin: (leaving: readonly PodMove[]) => boolean,
  ): ChangeStart => {
    const { node } = change
    const leaving = (gpu: string): readonly PodMove[] => movesOf.get(`${node}/${gpu}`) ?? []
    const gpus = change.gpus.filter(({ gpu }) => mayBegin(leaving(gpu)))
    const evicts = gpus.flatMap(({ gpu }) => leaving(gpu).map(({ pod }) => pod))
    // A pod may need devices of several GPUs, so what is promised comes with the last of them.
    const later = change.gpus.filter((each) => !gpus.includes(each)).map(({ gpu }) => gpu)
    return { node, gpus, evicts, later, promised: later.length === 0 ? podsFor(change, plan) : [] }
  }
  const open = changes
    .map((change) => start(change, (leaving) => leaving.length === 0))
    .filter(({ gpus }) => gpus.length > 0)
  if (open.length > 0)
    return open.toSorted((a, b) => b.promised.length - a.promised.length).slice(0, most)
  const [first] = moves
  const change = changes.find(({ node }) => node === first?.from)
  if (first === undefined || change === undefined) return []
  const now = movesNow(moves)
  const ready = start(change, (leaving) => leaving.every((move) => now.includes(move)))
  // A GPU changes as a whole, so a pod whose move comes later has to leave it as well.
  return [ready.gpus.length > 0 ? ready : start(change, (leaving) => leaving.includes(first))]
}

/** The first move, and those that follow it away from the same node to places that are there now. */
function movesNow(moves: readonly PodMove[]): readonly PodMove[] {
  const end = moves.findIndex(
    ({ from, live, after }, index) =>
      index > 0 && (from !== moves[0]?.from || !live || after.length > 0),
  )
  return end < 0 ? moves : moves.slice(0, end)
}

/** `node/gpu` of each pod with an instance. */
function gpusOfPods(nodes: RebalanceProblem['nodes']): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { name, gpus } of nodes)
    for (const { id, layout = [] } of gpus)
      for (const { heldBy } of layout) if (heldBy !== undefined) found.set(heldBy, `${name}/${id}`)
  return found
}

function podsFor({ node }: NodeRebalance, { admitted }: Given): readonly string[] {
  return admitted.filter((pod) => pod.node === node && pod.afterChange).map(({ pod }) => pod)
}
