// How long the answers take, beside other ways to get them, and what rules for the next place cost
// later. Then how long one repartition with its steps takes: every partition that a GPU can have, from
// an empty GPU and from random layouts, live, with partial compute instances, and infeasible ones with
// their explanation.
import { listLayouts, partitionOf, repartition } from '../dist/solver.js'
import { measureAlternatives } from './solver/alternatives.js'
import { catalogGeometry, seeded } from './solver/catalog.js'
import { measureFutureRoom } from './solver/future-room.js'
import { measureTables } from './solver/tables.js'

const models = ['a100-40gb', 'h100-80gb-sxm', 'rtx-pro-6000-blackwell']
const random = seeded(20_260_101)
const rows = [...measureTables(), ...(await measureAlternatives()), ...measureFutureRoom()]

for (const key of models) {
  const layouts = [...listLayouts(catalogGeometry(key))]
  const partitions = uniquePartitions(layouts)
  const geometry = catalogGeometry(key)
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
    measure(fromEmpty, () => catalogGeometry(key)),
  )
  report(key, 'from empty', measure(fromEmpty))
  report(key, 'from random layouts', measure(fromRandom), 20)
  const live = fromRandom.map((each) => ({ ...each, live: true }))
  report(key, 'from random layouts, live', measure(live))
  report(key, 'from random layouts, some pinned', measure(pinned))
  report(key, 'all devices split into 1c', measure(split))
  report(key, 'too much wanted, explained', measure(tooMuch))
}
console.log(JSON.stringify(rows))

function report(key, what, { median, p99 }, bound = 1000) {
  rows.push({ what: `${key}: ${what}, median`, value: median, unit: 'µs', bound })
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
      repartition({ ...problem, gpu: geometry })
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
