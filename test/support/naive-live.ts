import type { Geometry, GpuInstanceProfile, Placement } from '../../types/model/geometry.js'
import type { Layout, Partition } from '../../types/solver/layout.js'
import { allFillings, countDevices, isLegalSet } from './brute-force.js'

// The cheapest way from a layout to any layout with the wanted devices, by looking at every layout
// that single calls lead to: made to be obviously right and not to be fast.

interface Cell {
  readonly sliceCount: number
  readonly start: number
  readonly busy: boolean
}

interface Instance {
  readonly profile: GpuInstanceProfile
  readonly placement: Placement
  readonly cells: readonly Cell[]
}

type State = readonly Instance[]

/** Stops, busy devices destroyed, devices created. */
export type NaiveCost = readonly [number, number, number]

export interface NaiveLive {
  readonly cost: NaiveCost
  /** Every layout that is reached at this cost. */
  readonly targets: readonly Layout[]
}

export function naiveLive(
  geometry: Geometry,
  current: Layout,
  wanted: Partition,
): NaiveLive | null {
  const goal = countDevices(wanted)
  const start: State = current.map(({ profileId, placement, computeInstances, busy }) => {
    const profile = geometry.profiles.find(({ id }) => id === profileId)
    if (profile === undefined) throw new Error('an unknown profile')
    const cells = computeInstances.map((part) => ({
      sliceCount: part.sliceCount,
      start: part.placement?.start ?? 0,
      busy: busy === true || part.busy === true,
    }))
    return { profile, placement, cells }
  })
  const there = devicesOf(start)
  const least = (key: string): number => Math.min(goal.get(key) ?? 0, there.get(key) ?? 0)
  const open = new Map<string, { readonly cost: NaiveCost; readonly state: State }>([
    [keyOf(start), { cost: [0, 0, 0], state: start }],
  ])
  const closed = new Set<string>()
  const found: { cost: NaiveCost; targets: Layout[] }[] = []
  for (;;) {
    const next = [...open].reduce<[string, { cost: NaiveCost; state: State }] | null>(
      (best, entry) => (best === null || isLess(entry[1].cost, best[1].cost) ? entry : best),
      null,
    )
    const [nearest] = found
    if (next === null) return nearest ?? null
    const [key, { cost, state }] = next
    if (nearest !== undefined && isLess(nearest.cost, cost)) return nearest
    open.delete(key)
    closed.add(key)
    if (isGoal(state, goal)) {
      if (nearest === undefined) found.push({ cost, targets: [layoutOf(state)] })
      else nearest.targets.push(layoutOf(state))
      continue
    }
    for (const [after, step] of neighbours(geometry, state, least)) {
      const sum = cost.map((part, index) => part + (step[index] ?? 0)) as unknown as NaiveCost
      const other = open.get(keyOf(after))
      if (closed.has(keyOf(after)) || (other !== undefined && !isLess(sum, other.cost))) continue
      open.set(keyOf(after), { cost: sum, state: after })
    }
  }
}

function* neighbours(
  geometry: Geometry,
  state: State,
  least: (key: string) => number,
): Generator<readonly [State, NaiveCost]> {
  const counts = devicesOf(state)
  for (const instance of state) {
    const others = state.filter((each) => each !== instance)
    if (instance.cells.length === 0) yield [others, [0, 0, 0]]
    for (const cell of instance.cells) {
      const key = `${instance.profile.id}:${cell.sliceCount}`
      const stop = (counts.get(key) ?? 0) <= least(key) ? 1 : 0
      const cells = instance.cells.filter((each) => each !== cell)
      yield [
        [...others, { ...instance, cells }],
        [stop, cell.busy ? 1 : 0, 0],
      ]
    }
    for (const filling of allFillings(instance.profile)) {
      if (filling.length !== instance.cells.length + 1) continue
      const added = filling.filter(
        (cell) =>
          !instance.cells.some(
            (each) => each.sliceCount === cell.sliceCount && each.start === cell.placement.start,
          ),
      )
      const [cell] = added
      if (cell === undefined || added.length !== 1) continue
      const made = { sliceCount: cell.sliceCount, start: cell.placement.start, busy: false }
      yield [
        [...others, { ...instance, cells: [...instance.cells, made] }],
        [0, 0, 1],
      ]
    }
  }
  for (const profile of geometry.profiles) {
    for (const placement of profile.placements) {
      const after = [...state, { profile, placement, cells: [] }]
      if (isLegalSet(geometry, after)) yield [after, [0, 0, 0]]
    }
  }
}

function devicesOf(state: State): Map<string, number> {
  return countDevices(
    state.flatMap(({ profile, cells }) =>
      cells.map(({ sliceCount }) => ({ profileId: profile.id, sliceCount, count: 1 })),
    ),
  )
}

function layoutOf(state: State): Layout {
  return state.map(({ profile, placement, cells }) => ({
    profileId: profile.id,
    placement,
    computeInstances: cells.map(({ sliceCount, start }) => ({
      sliceCount,
      placement: { start, size: sliceCount },
    })),
  }))
}

function isGoal(state: State, goal: ReadonlyMap<string, number>): boolean {
  const counts = devicesOf(state)
  return (
    state.every(({ cells }) => cells.length > 0) &&
    counts.size === goal.size &&
    [...goal].every(([key, count]) => counts.get(key) === count)
  )
}

function isLess(a: NaiveCost, b: NaiveCost): boolean {
  for (const [index, part] of a.entries()) {
    if (part !== b[index]) return part < (b[index] ?? 0)
  }
  return false
}

function keyOf(state: State): string {
  return state
    .map(({ profile, placement, cells }) => {
      const inside = cells.map((cell) => `${cell.sliceCount}@${cell.start}${cell.busy ? '!' : ''}`)
      return `${profile.id}@${placement.start} ${inside.sort().join()}`
    })
    .sort()
    .join(';')
}
