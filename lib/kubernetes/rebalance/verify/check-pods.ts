import type { RebalancePlan } from '../../../../types/kubernetes/rebalance.js'
import { fault, requireSame } from '../../../fleet/model/answer-fault.js'
import { sum } from '../../../model/numbers.js'
import type { ClusterModel, Demand, ModelNode } from '../cluster-model.js'
import { listWaiting } from '../why-waiting.js'
import type { ReplayedGpu } from './replay-changes.js'

/** A pod of the plan, with its demand and its node. */
export interface PlacedPod {
  readonly demand: Demand
  readonly node: ModelNode
}

/** The most pods that move away from one GPU. */
const mostMoved = 2

/**
 * Checks that each pod has its devices on a node that it may enter, that no pod moves which may not, and that each live move finds its
 * device. Throws `AnswerFault`.
 */
export function checkPods(
  cluster: ClusterModel,
  gpus: readonly ReplayedGpu[],
  { admitted, waiting, moves }: Pick<RebalancePlan, 'admitted' | 'waiting' | 'moves'>,
): { readonly placed: readonly PlacedPod[]; readonly successors: readonly PlacedPod[] } {
  const read = createReader(cluster)
  const place = (list: string, index: number, pod: string, node: string, isMoving: boolean) => {
    const path = `${list}[${index}]`
    const demand = read.demandOf(pod)
    if (demand === undefined || demand.figure < 0 !== isMoving)
      return fault(`${path}.pod is no pod that may be there`)
    const found = read.nodeOf(node)
    if (found === undefined || found.admits[demand.number] !== true)
      return fault(`${path} has a node that the pod may not enter`)
    return { demand, node: found }
  }
  const named = [...admitted, ...moves].map(({ pod }) => pod)
  if (new Set(named).size < named.length) fault('a pod has two places')
  const placed = admitted.map(({ pod, node }, index) => place('admitted', index, pod, node, false))
  const moved = moves.map(({ pod, to }, index) => place('moves', index, pod, to, true))
  const isAdmitted = new Set(admitted.map(({ pod }) => pod))
  const order = cluster.problem.pods.map(({ id }) => id).filter((id) => isAdmitted.has(id))
  requireSame({ admitted: admitted.map(({ pod }) => pod) }, { admitted: order })
  requireSame({ waiting }, { waiting: listWaiting(cluster, (pod) => isAdmitted.has(pod)) })
  checkBudgets(cluster, gpus, moved)

  const after = createStock(cluster, gpus, ({ idle, made, left }) =>
    idle.map((count, size) => count + (made[size] ?? 0) + (left[size] ?? 0)),
  )
  for (const { demand, node } of [...placed, ...moved])
    if (!after.take(node, demand.devices)) fault(`node ${node.given.name} has too few devices`)
  const now = createStock(cluster, gpus, ({ idle }) => idle)
  for (const [index, { afterChange }] of admitted.entries()) {
    const { demand, node } = placed[index] as PlacedPod
    if (typeof afterChange !== 'boolean') fault(`admitted[${index}].afterChange is no flag`)
    if (!afterChange && !now.take(node, demand.devices))
      fault(`admitted[${index}] has no device before a change`)
  }
  checkOrder(gpus, moves, moved, now)
  return { placed, successors: moved }
}

function createReader({ nodes, demands }: ClusterModel) {
  const nodeOf = new Map(nodes.map((node) => [node.given.name, node]))
  const demandOf = new Map(
    demands.flatMap((demand) => demand.pods.map(({ id }) => [id, demand] as const)),
  )
  return {
    nodeOf: (name: string): ModelNode | undefined => nodeOf.get(name),
    demandOf: (pod: string): Demand | undefined => demandOf.get(pod),
  }
}

interface Stock {
  readonly take: (node: ModelNode, devices: readonly number[]) => boolean
  readonly add: (node: ModelNode, devices: readonly number[]) => void
}

function createStock(
  { nodes, sizes }: ClusterModel,
  gpus: readonly ReplayedGpu[],
  devicesOf: (gpu: ReplayedGpu) => readonly number[],
): Stock {
  const stock = nodes.map(() => sizes.map(() => 0))
  const add = ({ number }: ModelNode, devices: readonly number[], times = 1): void => {
    const list = stock[number] ?? []
    for (const [size, count] of devices.entries()) list[size] = (list[size] ?? 0) + times * count
  }
  for (const gpu of gpus) add(gpu.node, devicesOf(gpu))
  return {
    add,
    take: (node, devices) => {
      const has = devices.every((count, size) => count <= (stock[node.number]?.[size] ?? 0))
      if (has) add(node, devices, -1)
      return has
    },
  }
}

function checkBudgets(
  { budgets }: ClusterModel,
  gpus: readonly ReplayedGpu[],
  moved: readonly PlacedPod[],
): void {
  const leaving = sum(gpus.map(({ evicted }) => evicted.length))
  if (leaving !== moved.length) fault('moves has a pod that holds nothing')
  const used = budgets.map(() => 0)
  for (const { demand } of moved)
    for (const budget of demand.budgets) used[budget] = (used[budget] ?? 0) + 1
  for (const [index, { names, allowed }] of budgets.entries())
    if ((used[index] ?? 0) > allowed)
      fault(`moves takes more than the budget ${names.join()} allows`)
  for (const { gpu, evicted } of gpus) {
    if (evicted.length > mostMoved) fault(`too many pods move away from GPU ${gpu.given.id}`)
    if (evicted.some((item) => typeof gpu.items[item]?.use !== 'number'))
      fault(`a pod that may not move leaves GPU ${gpu.given.id}`)
  }
}

/** Carries out the moves one after the other. */
function checkOrder(
  gpus: readonly ReplayedGpu[],
  moves: RebalancePlan['moves'],
  moved: readonly PlacedPod[],
  stock: Stock,
): void {
  const fromOf = new Map(
    gpus.flatMap((gpu) =>
      gpu.evicted.map((item) => [gpu.gpu.items[item]?.pod ?? '', { gpu, item }] as const),
    ),
  )
  const staying = new Map(gpus.map((gpu) => [gpu, gpu.evicted.length]))
  const opened = new Set<ReplayedGpu>()
  const leave = (pod: string): void => {
    const { gpu, item } = fromOf.get(pod) as { gpu: ReplayedGpu; item: number }
    staying.set(gpu, (staying.get(gpu) ?? 0) - 1)
    if (gpu.destroyed.includes(item)) return
    const { size } = gpu.gpu.items[item] ?? { size: -1 }
    stock.add(
      gpu.node,
      gpu.idle.map((_, each) => Number(each === size)),
    )
  }
  for (const [index, { pod, from, live, after }] of moves.entries()) {
    const path = `moves[${index}]`
    const { demand, node } = moved[index] as PlacedPod
    if (fromOf.get(pod)?.gpu.node.given.name !== from) fault(`${path}.from is not where the pod is`)
    if (typeof live !== 'boolean' || !Array.isArray(after)) fault(`${path} has no live and after`)
    if (!live) {
      leave(pod)
      continue
    }
    for (const id of after) {
      const gpu = gpus.find((each) => each.node === node && each.gpu.given.id === id)
      if (gpu === undefined || !gpu.changes || (staying.get(gpu) ?? 0) > 0)
        fault(`${path}.after has a GPU that cannot change before`)
      if (!opened.has(gpu)) stock.add(node, gpu.made)
      opened.add(gpu)
    }
    if (!stock.take(node, demand.devices)) fault(`${path} is not live`)
    leave(pod)
  }
}
