import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { NodeLayout } from '../../../types/kubernetes/node-layout.js'
import type { RebalanceGpu, RebalanceInstance } from '../../../types/kubernetes/rebalance.js'
import type { PodReader } from './pod-of-cluster.js'

/** The GPUs of a node, with devices held for pods that are bound to it and have none yet in its layout. */
export interface HeldForStarting {
  readonly gpus: readonly RebalanceGpu[]
  /** Why the layout stays. Null: no pod is about to start. */
  readonly reason: string | null
}

/** Which device a pod gets is the kubelet's choice. So none of them goes, and so many count as held. */
export function holdForStarting(
  gpus: readonly RebalanceGpu[],
  { state, holders }: NodeLayout,
  pods: readonly ClusterObject[],
  read: PodReader,
): HeldForStarting {
  const names = new Set(
    holders.flatMap((holder) => holder.pods.map(({ namespace, name }) => `${namespace}/${name}`)),
  )
  const hidesPods = holders.some(({ morePods }) => morePods > 0)
  const starting = hidesPods
    ? []
    : pods.flatMap((pod) => {
        const demand = read.demand(pod)
        return demand === null || typeof demand === 'string' || names.has(demand.id) ? [] : [demand]
      })
  const [first] = starting
  if (first === undefined) return { gpus, reason: null }
  const left = new Map<string, string[]>()
  for (const { id, devices } of starting)
    for (const [size, count] of Object.entries(devices))
      left.set(size, [...(left.get(size) ?? []), ...Array<string>(count).fill(id)])
  const hold = (gpu: RebalanceGpu): RebalanceGpu => {
    const whole =
      gpu.migEnabled === false && gpu.heldBy === undefined ? left.get('gpu')?.shift() : undefined
    const geometry = state.gpus.find(({ uuid }) => uuid === gpu.id)?.geometry ?? null
    return {
      ...gpu,
      ...(whole === undefined ? {} : { heldBy: whole }),
      layout: (gpu.layout ?? []).map((instance): RebalanceInstance => {
        const size = geometry?.profiles.find(({ id }) => id === instance.profileId)?.name ?? null
        const isFree = instance.heldBy === undefined && instance.isDevice !== false
        const pod = isFree && size !== null ? left.get(size)?.shift() : undefined
        return pod === undefined ? instance : { ...instance, heldBy: pod }
      }),
    }
  }
  return {
    gpus: gpus.map(hold),
    reason: `pod ${first.id} is about to start there`,
  }
}
