// A cluster that a rebalance finds: nodes that somebody has divided by a few usual configurations, pods on most of the instances, and
// pods that wait for a mix of sizes. A seed makes the same cluster in every run.
import { drawKey } from '../fleet/draw.js'
import { catalogGeometry, seeded } from '../solver/catalog.js'

/** Shares of nodes by model, and of layouts by the configuration of a node. */
const models = { 'a100-80gb': 6, 'h100-80gb-sxm': 4 }
const configurations = {
  'all-balanced': { weight: 5, sizes: ['3g.40gb', '2g.20gb', '1g.10gb', '1g.10gb'] },
  'all-1g.10gb': { weight: 3, sizes: Array.from({ length: 7 }, () => '1g.10gb') },
  'all-3g.40gb': { weight: 2, sizes: ['3g.40gb', '3g.40gb'] },
}
/** The mix of migbench. */
const mix = {
  '1g.10gb': 35,
  '1g.20gb': 10,
  '2g.20gb': 25,
  '3g.40gb': 15,
  '4g.40gb': 10,
  '7g.80gb': 5,
}
const zones = ['a', 'b', 'c', 'd']

/** `busy`: the share of instances with a pod. */
export function drawCluster({
  nodeCount,
  gpusPerNode = 8,
  podCount,
  busy,
  seed,
  movable = false,
  grown = false,
}) {
  const random = seeded(seed)
  const geometries = Object.fromEntries(
    Object.keys(models).map((key) => [key, catalogGeometry(key)]),
  )
  const weights = Object.fromEntries(
    Object.entries(configurations).map(([name, { weight }]) => [name, weight]),
  )
  const running = []
  const nodes = Array.from({ length: nodeCount }, (_, node) => {
    const key = drawKey(models, random)
    const geometry = geometries[key]
    const { sizes } = configurations[drawKey(weights, random)]
    const zone = zones[Math.floor(random() * zones.length)]
    return {
      name: `node-${node}`,
      labels: { zone },
      gpus: Array.from({ length: gpusPerNode }, (_unused, gpu) => ({
        id: `gpu-${node}-${gpu}`,
        geometry,
        modeChange: key.startsWith('h') ? 'free' : 'no',
        layout: (grown ? grow(geometry, random) : place(geometry, sizes)).map((instance, index) => {
          if (random() >= busy) return instance
          const heldBy = `run/pod-${node}-${gpu}-${index}`
          running.push({
            id: heldBy,
            devices: { [geometry.profiles.find(({ id }) => id === instance.profileId).name]: 1 },
            budgets: [`budget-${running.length % 50}`],
          })
          return { ...instance, heldBy }
        }),
      })),
    }
  })
  const pods = Array.from({ length: podCount }, (_, pod) => ({
    id: `wait/pod-${pod}`,
    priority: random() < 0.2 ? 100 : 0,
    devices: { [drawKey(mix, random)]: 1 },
    ...(random() < 0.2 && { nodeSelector: { zone: zones[Math.floor(random() * zones.length)] } }),
  }))
  const budgets = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [`budget-${index}`, 2]),
  )
  return { nodes, pods, ...(movable && { movable: running, budgets }) }
}

/** The first places of these sizes that go together. */
function place({ profiles }, sizes, taken = []) {
  const [size, ...rest] = sizes
  if (size === undefined) return taken
  const { id, placements } = profiles.find(({ name }) => name === size)
  for (const placement of placements.toReversed()) {
    const { start, size: units } = placement
    const isFree = taken.every(
      (each) =>
        start + units <= each.placement.start ||
        each.placement.start + each.placement.size <= start,
    )
    const found = isFree
      ? place({ profiles }, rest, [...taken, { profileId: id, placement }])
      : null
    if (found !== null) return found
  }
  return null
}

/** As a driver that divides on demand leaves a GPU: sizes of the mix at random free places, until nothing more fits. */
function grow({ profiles }, random) {
  const taken = []
  for (let failed = 0; failed < 12; ) {
    const name = drawKey(mix, random)
    const profile = profiles.find((each) => each.name === name)
    const free = profile.placements.filter(
      ({ start, size }) =>
        taken.every(
          (each) =>
            start + size <= each.placement.start ||
            each.placement.start + each.placement.size <= start,
        ) && taken.reduce((sum, each) => sum + each.slices, profile.sliceCount) <= 7,
    )
    if (free.length === 0) {
      failed += 1
      continue
    }
    const placement = free[Math.floor(random() * free.length)]
    taken.push({ profileId: profile.id, placement, slices: profile.sliceCount })
  }
  return taken.map(({ profileId, placement }) => ({ profileId, placement }))
}
