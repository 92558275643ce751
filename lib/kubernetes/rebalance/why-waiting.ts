import type { RebalancePod, WaitingPod } from '../../../types/kubernetes/rebalance.js'
import { sum } from '../../model/numbers.js'
import { type ClusterModel, type Demand, type ModelGpu, wholeGpu } from './cluster-model.js'
import { sizesOfProfiles } from './profile-sizes.js'

/** The pods that a plan does not admit, each with the reason. */
export function listWaiting(
  { problem, demands, nodes, sizes }: ClusterModel,
  isAdmitted: (pod: string) => boolean,
): readonly WaitingPod[] {
  const demandOf = new Map<RebalancePod, Demand>()
  for (const demand of demands) for (const pod of demand.pods) demandOf.set(pod, demand)
  const hopeless = new Map<Demand, boolean>()
  const isHopeless = (demand: Demand): boolean => {
    const known = hopeless.get(demand)
    if (known !== undefined) return known
    const found = !nodes.some(
      ({ admits, gpus }) =>
        admits[demand.number] === true &&
        demand.devices.every(
          (count, size) => count <= sum(gpus.map((gpu) => mostOf(gpu, size, sizes))),
        ),
    )
    hopeless.set(demand, found)
    return found
  }
  return problem.pods.flatMap((pod): WaitingPod[] => {
    const demand = demandOf.get(pod)
    if (demand === undefined || isAdmitted(pod.id)) return []
    return [{ pod: pod.id, reason: isHopeless(demand) ? 'no-node' : 'no-room' }]
  })
}

/** How many devices of a size the GPU could have if nothing were on it. */
function mostOf(
  { tables, isMigOn, given }: ModelGpu,
  size: number,
  sizes: readonly string[],
): number {
  const mayChange = (given.modeChange ?? 'no') !== 'no'
  if (sizes[size] === wholeGpu) return Number(!isMigOn || mayChange)
  if (!isMigOn && !mayChange) return 0
  return tables.profiles[sizesOfProfiles(sizes, tables).indexOf(size)]?.maximum ?? 0
}
