import type {
  RebalanceGpu,
  RebalanceInstance,
  RebalanceNode,
  RebalancePod,
  RebalanceProblem,
} from '../../../types/kubernetes/rebalance.js'
import { naiveGpus } from '../../support/naive-gpu.js'
import { seeded } from '../../support/random.js'

/** A small cluster with what lies on it and what waits for it. */
export function drawCluster(
  seed: number,
  { nodes: nodeCount = 2, models = ['a30-24gb'], withMoves = false } = {},
): RebalanceProblem {
  const draw = seeded(seed)
  const pick = <T>(list: readonly T[]): T => list[draw(list.length)] as T
  const running: { pod: string; size: string; node: number }[] = []
  const drawGpu = (node: number, index: number): RebalanceGpu => {
    const wanted = pick(models)
    const model = naiveGpus.find(({ key }) => key === wanted)
    if (model === undefined) throw new Error('no GPU')
    const modeChange = pick(['no', 'no', 'free', 'reset'] as const)
    const base = { id: `gpu-${node}-${index}`, model: model.key, modeChange }
    if (draw(6) === 0) {
      return {
        ...base,
        migEnabled: false,
        ...(draw(2) === 0 ? { heldBy: `team/whole-${node}-${index}` } : {}),
      }
    }
    const set = pick(model.sets)
    const layout = model.spots.flatMap(({ profile, start, size }, spot): RebalanceInstance[] => {
      if (((set >> spot) & 1) === 0) return []
      const { id = 0, name = '' } = model.geometry.profiles[profile] ?? {}
      const pod = `team/run-${node}-${index}-${spot}`
      const isHeld = draw(2) === 0
      if (isHeld) running.push({ pod, size: name, node })
      return [
        {
          profileId: id,
          placement: { start, size },
          ...(isHeld ? { heldBy: pod } : draw(8) === 0 ? { isDevice: false } : {}),
        },
      ]
    })
    return { ...base, layout }
  }
  const nodes = Array.from({ length: nodeCount }, (_, node): RebalanceNode => {
    const gpus = Array.from({ length: 1 + Number(draw(3) === 0) }, (_unused, index) =>
      drawGpu(node, index),
    )
    return {
      name: `node-${node}`,
      labels: { zone: pick(['a', 'b']) },
      gpus,
      ...(draw(8) === 0 ? { fixed: 'somebody chose its layout' } : {}),
    }
  })
  const names = models.flatMap((key) =>
    (naiveGpus.find((gpu) => gpu.key === key)?.geometry.profiles ?? []).map(({ name }) => name),
  )
  const sizes = [...new Set(names)].filter((name) => !name.includes('+')).concat('gpu')
  const selector = (): Pick<RebalancePod, 'nodeSelector'> =>
    draw(3) === 0 ? { nodeSelector: { zone: pick(['a', 'b']) } } : {}
  const pods = Array.from({ length: 1 + draw(4) }, (_, index): RebalancePod => {
    const size = pick(sizes)
    return {
      id: `team/new-${index}`,
      priority: pick([0, 0, 5]),
      devices: { [size]: 1 + Number(draw(4) === 0) },
      ...selector(),
    }
  })
  return {
    nodes,
    pods,
    ...(draw(3) === 0 ? { reserves: [{ size: pick(sizes.slice(0, -1)), count: 1 }] } : {}),
    ...(withMoves
      ? {
          movable: running.map(({ pod, size }) => ({
            id: pod,
            devices: { [size]: 1 },
            ...selector(),
            budgets: [pick(['loose', 'tight'])],
          })),
          budgets: { loose: 9, tight: 1 },
        }
      : {}),
  }
}
