import type { RebalancePlan } from '../../../../types/kubernetes/rebalance.js'
import { fault, isWhole, requireSame } from '../../../fleet/model/answer-fault.js'
import { sum } from '../../../model/numbers.js'
import type { ClusterModel } from '../cluster-model.js'
import { gapOf } from '../gap.js'
import type { PlacedPod } from './check-pods.js'
import type { FinalRooms } from './final-rooms.js'
import { proveBound } from './prove-bound.js'
import type { ReplayedGpu } from './replay-changes.js'

/**
 * Counts each figure anew, and checks that the certificate proves the bounds. Throws `AnswerFault`. Returns whether each figure is proven
 * to be the least.
 */
export function checkFigures(
  cluster: ClusterModel,
  rooms: FinalRooms,
  values: readonly number[],
  { objective, gap, proof, certificate }: RebalancePlan,
  maxNodes: number,
): boolean {
  const { figures } = cluster
  if (objective.length !== figures.length) fault('objective has not the figures of the question')
  for (const [index, figure] of figures.entries()) {
    const claimed = objective[index] as RebalancePlan['objective'][number]
    if (!isWhole(claimed.lowerBound)) fault(`objective[${index}].lowerBound is no whole number`)
    requireSame(
      { objective: claimed },
      { objective: { ...figure, value: values[index], lowerBound: claimed.lowerBound } },
    )
    if (claimed.lowerBound > claimed.value) fault(`objective[${index}].lowerBound is above value`)
  }
  const nodes = figures.findIndex(({ name }) => name === 'nodes')
  if ((values[nodes] ?? 0) > maxNodes) fault('more nodes change than may')
  requireSame({ gap }, { gap: gapOf(objective) })
  if (proof !== 'prices' && proof !== 'milp') fault('proof is neither prices nor milp')
  const proven = figures.map(() => 0)
  for (const prices of certificate) {
    const { figure } = prices
    if (!isWhole(figure) || figure >= figures.length) fault('certificate names no figure')
    const isLean = proven.slice(0, figure).every((bound, index) => (values[index] ?? 0) <= bound)
    const least = proveBound(cluster, rooms, prices, { reached: values, maxNodes, isLean })
    proven[figure] = Math.max(proven[figure] ?? 0, least)
  }
  for (const [index, { name, lowerBound }] of objective.entries())
    if (lowerBound > (proven[index] ?? 0) && proof === 'prices')
      fault(`the certificate proves ${name} of ${proven[index]}, not ${lowerBound}`)
  return objective.every(({ value }, index) => value <= (proven[index] ?? 0))
}

/** The figures of a plan, in the order of the question. */
export function countFigures(
  { figures, demands, nodes, mix, sizes }: ClusterModel,
  rooms: FinalRooms,
  gpus: readonly ReplayedGpu[],
  placed: readonly PlacedPod[],
  successors: readonly PlacedPod[],
): readonly number[] {
  const left = nodes.map(() => sizes.map(() => 0))
  let room = 0
  for (const { node, gpu, state, isMigOn, idle, made, left: leaving } of gpus) {
    const list = left[node.number] ?? []
    for (const size of sizes.keys()) {
      const count = (idle[size] ?? 0) + (made[size] ?? 0) + (leaving[size] ?? 0)
      list[size] = (list[size] ?? 0) + count
      room += (mix[size] ?? 0) * count
    }
    if (isMigOn) room += rooms.ofState(gpu, state)
  }
  for (const { demand, node } of [...placed, ...successors]) {
    for (const [size, count] of demand.devices.entries()) {
      const list = left[node.number] ?? []
      list[size] = (list[size] ?? 0) - count
      room -= (mix[size] ?? 0) * count
    }
  }
  const waiting = (figure: number): number =>
    sum(demands.filter((each) => each.figure === figure).map(({ pods }) => pods.length)) -
    placed.filter(({ demand }) => demand.figure === figure).length
  const missing = (): number =>
    sum(
      demands
        .filter(({ perNode }) => perNode > 0)
        .flatMap(({ number, devices, perNode }) =>
          nodes
            .filter(({ admits }) => admits[number] === true)
            .map((node) => {
              const size = devices.findIndex((count) => count > 0)
              return Math.max(0, perNode - (left[node.number]?.[size] ?? 0))
            }),
        ),
    )
  const modeCost = ({ gpu, isMigOn }: ReplayedGpu): number => {
    if (isMigOn === gpu.isMigOn) return 0
    return gpu.given.modeChange === 'reset' ? 1000 : 1
  }
  return figures.map(({ name }, index) => {
    switch (name) {
      case 'waiting':
        return waiting(index)
      case 'reserves':
        return missing()
      case 'evictions':
        return sum(gpus.map(({ evicted }) => evicted.length))
      case 'modeChanges':
        return sum(gpus.map(modeCost))
      case 'destroyed':
        return sum(gpus.map(({ destroyed }) => destroyed.length))
      case 'nodes':
        return new Set(gpus.filter(({ changes }) => changes).map(({ node }) => node)).size
      default:
        return sum(gpus.map(({ gpu }) => rooms.most(gpu))) - room
    }
  })
}
