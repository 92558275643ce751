import type { Geometry } from '../../types/model/geometry.js'
import type { Layout, PlacedGpuInstance } from '../../types/solver/layout.js'
import type { ChangeCosts } from '../../types/solver/repartition.js'

/** The least that the changes cost, over every choice of which instances are moved. */
export function naiveCost(
  geometry: Geometry,
  current: Layout,
  target: Layout,
  costs: ChangeCosts,
): number {
  let sum = 0
  for (const { id } of geometry.profiles) {
    const of = (layout: Layout): Layout => layout.filter(({ profileId }) => profileId === id)
    const going = of(current).filter((each) => !includes(target, each))
    const created = of(target).filter((each) => !includes(current, each)).length
    const price = costs.profiles?.find(({ profileId }) => profileId === id)
    const own = ({ placement }: PlacedGpuInstance) =>
      costs.instances?.find((entry) => entry.placement.start === placement.start)
    sum += created * (price?.create ?? 1)
    for (const each of going) sum += own(each)?.destroy ?? price?.destroy ?? 1
    const moves = Math.min(created, going.length)
    const moveCosts = going.map((each) => own(each)?.move ?? price?.move ?? 0)
    sum += Math.min(...subsets(moveCosts, moves).map((chosen) => chosen.reduce((a, b) => a + b, 0)))
  }
  return sum
}

function subsets(items: readonly number[], size: number): readonly (readonly number[])[] {
  const [first, ...rest] = items
  if (size === 0) return [[]]
  if (first === undefined) return []
  return [...subsets(rest, size - 1).map((chosen) => [first, ...chosen]), ...subsets(rest, size)]
}

function includes(layout: Layout, instance: PlacedGpuInstance): boolean {
  return layout.some(
    ({ profileId, placement }) =>
      profileId === instance.profileId && placement.start === instance.placement.start,
  )
}
