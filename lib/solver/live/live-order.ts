import type { Layout, PlacedGpuInstance } from '../../../types/solver/layout.js'
import type { LiveOrder, RepartitionStep } from '../../../types/solver/repartition.js'
import { MigError } from '../../errors.js'
import { at } from '../../model/numbers.js'
import { byPlacement } from '../../model/placement.js'
import { buildInstance } from '../layout/build-layout.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import type { CostTable } from '../repartition/change-costs.js'
import type { FoundLayout } from '../repartition/search-layout.js'
import type { CompiledPlacement, Tables } from '../tables/tables.js'
import { countLive, type LiveProblem } from './live-moves.js'
import { type LiveWay, searchLive } from './live-search.js'
import { cellAt, type LiveInstance, type LiveState, listCells, startState } from './live-state.js'
import { listLiveSteps } from './live-steps.js'
import { chooseTarget, type LiveTarget } from './live-target.js'

/** A target, and steps to it that make before they break. */
export interface LiveRepartition {
  readonly layout: Layout
  readonly steps: readonly RepartitionStep[]
  readonly live: LiveOrder
  readonly lostBusy: Layout
  readonly keptComputeInstances: number
  readonly keptGpuInstances: number
  /** The cost for the instances that the geometry has. */
  readonly cost: number
}

/** Only problems with many partial compute instances have more. */
const mostStates = 2 ** 15

/** The instances on the GPU, and the best layout if the order of the steps does not matter. */
interface LiveRequest {
  readonly instances: readonly CurrentInstance[]
  readonly found: FoundLayout
  readonly costs: CostTable | null
}

/**
 * The way with the fewest stops. The best target without `live` is tried first: if there is a way to it
 * without stops and detours, no other is better.
 */
export function orderLive(
  tables: Tables,
  current: Layout,
  { instances, found, costs }: LiveRequest,
): LiveRepartition {
  const start = startState(instances)
  const target = targetState(found)
  const there = countLive(tables, start)
  const wanted = countLive(tables, target)
  const problem: LiveProblem = {
    tables,
    instances,
    start,
    wanted,
    needed: wanted.map((row, position) =>
      row.map((count, size) => Math.min(count, at(at(there, position), size))),
    ),
    isPinned: findPinned(instances),
    mayCreate: () => true,
  }
  const straight = searchStraight(problem, target)
  const all = isStraight(start, target, straight)
    ? straight
    : searchLive(problem, {
        isTarget: (state, counts) => isWanted(wanted, state, counts),
        mostStates,
        allTargets: true,
      })
  const best = chooseTarget(problem, all ?? straight, costs)
  if (best === null) throw new Error('what can be had can be reached')
  const { steps, stops, moves } = listLiveSteps(problem, current, best.moves)
  return {
    layout: best.state.map((instance) => build(tables, instances, instance)).sort(byPlacement),
    steps,
    live: { kind: stops.length === 0 ? 'live' : 'stops', moves, stops, proven: all !== null },
    lostBusy: listLost(instances, best),
    keptComputeInstances: best.keptComputeInstances,
    keptGpuInstances: best.keptGpuInstances,
    cost: best.changeCost,
  }
}

/**
 * A way without detours: each new device goes where the target has it. There is always one, perhaps with
 * stops.
 */
function searchStraight(problem: LiveProblem, target: LiveState): readonly LiveWay[] {
  const inTarget = cellsIn(target)
  const straight: LiveProblem = { ...problem, mayCreate: inTarget }
  const ways = searchLive(straight, {
    isTarget: (state, counts) =>
      isWanted(problem.wanted, state, counts) &&
      state.every(({ place, cells }) => cells.every((cell) => inTarget(place, cell))),
    mostStates: 2 ** 18,
    allTargets: false,
  })
  if (ways !== null) return ways
  throw new MigError('MIG_SOLVER_LIMIT', 'There are too many orders to find one without stops.')
}

/** Whether a way has no stop, and creates no device twice. */
function isStraight(start: LiveState, target: LiveState, [way]: readonly LiveWay[]): boolean {
  if (way === undefined || way.moves.some(({ stop }) => stop)) return false
  const wasThere = cellsIn(start)
  const missing = target.reduce(
    (sum, { place, cells }) => sum + cells.filter((cell) => !wasThere(place, cell)).length,
    0,
  )
  return way.moves.filter(({ kind }) => kind === 'create').length === missing
}

function cellsIn(state: LiveState): (place: CompiledPlacement, cell: number) => boolean {
  const cells = new Map(state.map((instance) => [instance.place, instance.cells]))
  return (place, cell) => cells.get(place)?.includes(cell) ?? false
}

function isWanted(
  wanted: LiveProblem['wanted'],
  state: LiveState,
  counts: readonly (readonly number[])[],
): boolean {
  return (
    wanted.every((row, position) =>
      row.every((count, size) => count === at(at(counts, position), size)),
    ) && state.every(({ cells }) => cells.length > 0)
  )
}

function targetState({ options, tasks }: FoundLayout): LiveState {
  return options
    .flatMap(({ profile, set }, index): LiveInstance[] => {
      const task = tasks[index]
      const packing = task?.packingAt(set) ?? null
      const kept = set.places.map((place) => task?.currentAt(place) ?? null)
      let keptSoFar = 0
      let newSoFar = kept.filter((instance) => instance !== null).length
      return set.places.map((place, position) => {
        const filling = packing?.fillings[kept[position] === null ? newSoFar++ : keptSoFar++]
        const full = listCells(profile).findIndex(
          ({ size }) => at(profile.compute.sizes, size).sliceCount === profile.compute.sliceCount,
        )
        const cells = filling?.cells.map((cell) => cellAt(profile, cell)) ?? [full]
        return { place, cells: cells.sort((a, b) => a - b), busy: [] }
      })
    })
    .sort((a, b) => a.place.number - b.place.number)
}

function findPinned(
  instances: readonly CurrentInstance[],
): (place: CompiledPlacement, cell: number) => boolean {
  const pinned = new Map(
    instances
      .filter((instance) => instance.pinned)
      .map(({ place, profile, contents }) => [
        place,
        contents.pinned.map((cell) => cellAt(profile, cell)),
      ]),
  )
  return (place, cell) =>
    cell < 0 ? pinned.has(place) : (pinned.get(place)?.includes(cell) ?? false)
}

function build(
  tables: Tables,
  instances: readonly CurrentInstance[],
  { place, cells }: LiveInstance,
): PlacedGpuInstance {
  const profile = at(tables.profiles, place.profilePosition)
  const table = listCells(profile)
  const filling = { counts: [], cells: cells.map((cell) => at(table, cell)) }
  const kept = instances.find((instance) => instance.place === place) ?? null
  return buildInstance(profile, place, filling, kept)
}

function listLost(instances: readonly CurrentInstance[], { moves }: LiveTarget): Layout {
  const lost = moves.filter((move) => move.busy)
  return instances
    .flatMap(({ instance, place, profile, cellOf }) => {
      const here = lost.filter((move) => move.place === place)
      if (here.length === 0) return []
      const parts = [...cellOf].flatMap(([compute, cell]) =>
        here.some((move) => move.cell === cellAt(profile, cell)) ? [compute] : [],
      )
      return [structuredClone({ ...instance, computeInstances: parts })]
    })
    .sort(byPlacement)
}
