import type {
  RebalanceInstance,
  RebalanceNode,
  RebalancePlan,
  RebalanceProblem,
} from '../../types/kubernetes/rebalance.js'
import { naiveGpus } from './naive-gpu.js'

/** The cluster after the changes of a plan, without its moves. Throws where a change is not one of this cluster. */
export function applyLayouts(
  { nodes, ...rest }: RebalanceProblem,
  { changes }: RebalancePlan,
): RebalanceProblem {
  return {
    ...rest,
    nodes: nodes.map((node) => {
      const gpus = changes.find((change) => change.node === node.name)?.gpus ?? []
      return {
        ...node,
        gpus: node.gpus.map((gpu) => {
          const change = gpus.find((each) => each.gpu === gpu.id)
          if (change === undefined) return gpu
          const kept = [...(gpu.layout ?? [])]
          for (const gone of change.destroyed) {
            const at = kept.findIndex((each) => isSame(each, gone))
            if (at < 0) throw new Error(`${gpu.id} has no ${gone.size} at ${gone.placement.start}`)
            kept.splice(at, 1)
          }
          const layout = [
            ...kept,
            ...change.created.map(
              ({ profileId, placement }): RebalanceInstance => ({ profileId, placement }),
            ),
          ]
          if (change.mode === null) return { ...gpu, layout }
          const { heldBy: _heldBy, ...bare } = gpu
          return { ...bare, migEnabled: change.mode === 'on', layout }
        }),
      }
    }),
  }
}

/** The same, and each admitted pod holds its devices on its node. */
export function applyPlan(problem: RebalanceProblem, plan: RebalancePlan): RebalanceProblem {
  const after = applyLayouts(problem, plan)
  const nodes = after.nodes.map((node) => ({ ...node, gpus: node.gpus.map((gpu) => ({ ...gpu })) }))
  for (const { pod, node: name } of plan.admitted) {
    const devices = problem.pods.find(({ id }) => id === pod)?.devices ?? {}
    const node = nodes.find((each) => each.name === name)
    for (const [size, count] of Object.entries(devices))
      for (let left = count; left > 0; left -= 1) take(node, size, pod)
  }
  const admitted = new Set(plan.admitted.map(({ pod }) => pod))
  return { ...after, nodes, pods: problem.pods.filter(({ id }) => !admitted.has(id)) }
}

function take(node: RebalanceNode | undefined, size: string, pod: string): void {
  for (const gpu of (node?.gpus ?? []) as Mutable[]) {
    if (size === 'gpu') {
      if (gpu.migEnabled !== false || gpu.heldBy !== undefined) continue
      gpu.heldBy = pod
      return
    }
    const at = (gpu.layout ?? []).findIndex(
      ({ profileId, heldBy, isDevice }) =>
        heldBy === undefined && isDevice !== false && sizeOf(gpu, profileId) === size,
    )
    if (at < 0) continue
    gpu.layout = (gpu.layout ?? []).map((each, index) =>
      index === at ? { ...each, heldBy: pod } : each,
    )
    return
  }
  throw new Error(`${node?.name} has no idle ${size} for ${pod}`)
}

type Mutable = {
  -readonly [Name in keyof RebalanceNode['gpus'][number]]: RebalanceNode['gpus'][number][Name]
}

function isSame(
  one: Pick<RebalanceInstance, 'profileId' | 'placement'>,
  other: Pick<RebalanceInstance, 'profileId' | 'placement'>,
): boolean {
  return one.profileId === other.profileId && one.placement.start === other.placement.start
}

function sizeOf({ model = '' }: Mutable, profileId: number): string {
  const profiles = naiveGpus.find(({ key }) => key === model)?.geometry.profiles ?? []
  return profiles.find(({ id }) => id === profileId)?.name ?? ''
}
