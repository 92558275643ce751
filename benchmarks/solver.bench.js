// How long one solve takes: every partition that a GPU can have, from an empty GPU and from random
// layouts, with partial compute instances, and infeasible ones with their explanation.
import { readFileSync } from 'node:fs'
import { listLayouts, partitionOf, solveLayout } from '../dist/solver/index.js'

const catalog = JSON.parse(
  readFileSync(new URL('../catalog/mig-gpus.json', import.meta.url), 'utf8'),
)
const models = ['a100-40gb', 'h100-80gb-sxm', 'rtx-pro-6000-blackwell']
const random = seeded(20_260_101)
const rows = []

for (const key of models) {
  const entry = catalog.gpus.find((gpu) => gpu.key === key)
  const layouts = [...listLayouts(geometryOf(entry))]
  const partitions = uniquePartitions(layouts)
  const geometry = geometryOf(entry)
  const pick = () => layouts[Math.floor(random() * layouts.length)]
  const pinSome = (layout) =>
    layout.map((each) => (random() < 0.2 ? { ...each, pinned: true } : each))
  const fromEmpty = partitions.map((wanted) => ({ geometry, wanted }))
  const fromRandom = times(20, partitions).map((wanted) => ({ geometry, wanted, current: pick() }))
  const tooMuch = times(5, partitions).map(() => ({
    geometry,
    wanted: [...partitionOf(pick()), ...partitionOf(pick()), ...partitionOf(pick())],
    current: pinSome(pick()),
  }))
  const pinned = fromRandom.map((each) => ({ ...each, current: pinSome(each.current) }))
  const split = fromRandom.map((each) => ({ ...each, wanted: splitAll(each.wanted) }))
  // A new geometry object for each solve: nothing is remembered from the ones before.
  report(
    key,
    'from empty, first solve',
    measure(fromEmpty, () => geometryOf(entry)),
  )
  report(key, 'from empty', measure(fromEmpty))
  report(key, 'from random layouts', measure(fromRandom))
  report(key, 'from random layouts, some pinned', measure(pinned))
  report(key, 'all devices split into 1c', measure(split))
  report(key, 'too much wanted, explained', measure(tooMuch))
}
console.log(JSON.stringify(rows))

function report(key, what, { median, p99 }) {
  rows.push({ what: `${key}: ${what}, median`, value: median, unit: 'µs', bound: 1000 })
  rows.push({ what: `${key}: ${what}, p99`, value: p99, unit: 'µs', bound: 10_000 })
}

function splitAll(partition) {
  return partition.map(({ profileId, sliceCount, count }) => ({
    profileId,
    sliceCount: 1,
    count: count * sliceCount,
  }))
}

function measure(problems, newGeometry) {
  const durations = problems.map((problem) => {
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 5; round++) {
      const geometry = newGeometry?.() ?? problem.geometry
      const start = process.hrtime.bigint()
      solveLayout({ ...problem, geometry })
      best = Math.min(best, Number(process.hrtime.bigint() - start) / 1000)
    }
    return best
  })
  durations.sort((a, b) => a - b)
  const at = (share) =>
    Number(
      durations[Math.min(durations.length - 1, Math.floor(durations.length * share))].toFixed(1),
    )
  return { median: at(0.5), p99: at(0.99) }
}

function times(count, list) {
  return Array.from({ length: count }, () => list).flat()
}

function uniquePartitions(layouts) {
  const unique = new Map()
  for (const layout of layouts) {
    const key = layout
      .map(({ profileId }) => profileId)
      .sort((a, b) => a - b)
      .join()
    unique.set(key, partitionOf(layout))
  }
  return [...unique.values()]
}

function seeded(seed) {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function geometryOf(gpu) {
  return {
    profiles: gpu.gpuInstanceProfiles.map((profile) => ({
      id: profile.id,
      index: profile.enumIndex,
      name: profile.name,
      sliceCount: profile.sliceCount,
      instanceCount: profile.instanceCount,
      multiprocessorCount: profile.multiprocessorCount,
      engines: {
        copy: profile.copyEngineCount,
        decoder: profile.decoderCount,
        encoder: profile.encoderCount,
        jpeg: profile.jpegCount,
        ofa: profile.ofaCount,
      },
      memoryMiB: profile.memorySizeMB,
      placements: profile.placements,
      computeInstanceProfiles: profile.computeInstanceProfiles.map((compute) => ({
        id: compute.id,
        index: compute.enumIndex,
        name: compute.name,
        sliceCount: compute.sliceCount,
        instanceCount: compute.instanceCount,
        multiprocessorCount: compute.multiprocessorCount,
        placements: compute.placements,
      })),
    })),
  }
}
