import { at } from '../../model/numbers.js'
import { type CostTable, costOfChanges } from '../repartition/change-costs.js'
import { roomCounter } from '../tables/room.js'
import type { Tables } from '../tables/tables.js'
import type { LiveProblem } from './live-moves.js'
import type { LiveWay } from './live-search.js'
import type { LiveState } from './live-state.js'

export interface LiveTarget extends LiveWay {
  readonly keptComputeInstances: number
  readonly keptGpuInstances: number
  /**
   * The cost of the GPU instances created, destroyed and moved between the start and the target.
   */
  readonly changeCost: number
}

/** The best of equally near targets: the one that keeps the most in place, as without `live`. */
export function chooseTarget(
  { tables, start }: LiveProblem,
  ways: readonly LiveWay[],
  costs: CostTable | null,
): LiveTarget | null {
  let best: LiveTarget | null = null
  for (const way of ways) {
    const target = { ...way, ...compareWithStart(tables, start, way.state, costs) }
    if (best === null || compareTargets(tables, target, best) < 0) best = target
  }
  return best
}

function compareWithStart(
  tables: Tables,
  start: LiveState,
  state: LiveState,
  costs: CostTable | null,
): Pick<LiveTarget, 'keptComputeInstances' | 'keptGpuInstances' | 'changeCost'> {
  const there = new Map(start.map((instance) => [instance.place, instance]))
  const kept = state.filter(({ place }) => there.has(place))
  const keptComputeInstances = kept.reduce(
    (sum, { place, cells }) =>
      sum + cells.filter((cell) => there.get(place)?.cells.includes(cell)).length,
    0,
  )
  const keptGpuInstances = kept.length
  let changeCost = state.length + start.length - 2 * keptGpuInstances
  if (costs !== null) {
    changeCost = 0
    for (const profile of tables.profiles) {
      const isOf = ({ place }: LiveState[number]): boolean =>
        place.profilePosition === profile.position
      const going = start.filter(
        (instance) => isOf(instance) && !kept.some(({ place }) => place === instance.place),
      )
      const created = state.filter(
        (instance) => isOf(instance) && !there.has(instance.place),
      ).length
      const placements = going.map(({ place }) => place.placement)
      changeCost += costOfChanges(costs, profile, created, placements)
    }
  }
  return { keptComputeInstances, keptGpuInstances, changeCost }
}

/** Negative: `a` is better. */
function compareTargets(tables: Tables, a: LiveTarget, b: LiveTarget): number {
  return (
    b.keptComputeInstances - a.keptComputeInstances ||
    b.keptGpuInstances - a.keptGpuInstances ||
    a.changeCost - b.changeCost ||
    countRoomOf(tables, b.state) - countRoomOf(tables, a.state) ||
    compareStarts(a.state, b.state)
  )
}

function countRoomOf(tables: Tables, state: LiveState): number {
  const counts = tables.profiles.map(() => 0)
  let mask = 0
  for (const { place } of state) {
    counts[place.profilePosition] = at(counts, place.profilePosition) + 1
    mask |= place.mask
  }
  return roomCounter(tables, counts)(mask)
}

/** Lower starts first, then the profile that comes first, then the compute instances. */
function compareStarts(a: LiveState, b: LiveState): number {
  const left = a.toSorted(byStart)
  const right = b.toSorted(byStart)
  for (const part of [startOf, positionOf]) {
    for (const [index, instance] of left.entries()) {
      const other = right[index]
      const order = other === undefined ? 0 : part(instance) - part(other)
      if (order !== 0) return order
    }
  }
  for (const [index, { cells }] of left.entries()) {
    for (const [number, cell] of cells.entries()) {
      const order = cell - (right[index]?.cells[number] ?? cell)
      if (order !== 0) return order
    }
  }
  return 0
}

function byStart(a: LiveState[number], b: LiveState[number]): number {
  return startOf(a) - startOf(b)
}

function startOf({ place }: LiveState[number]): number {
  return place.placement.start
}

function positionOf({ place }: LiveState[number]): number {
  return place.profilePosition
}
