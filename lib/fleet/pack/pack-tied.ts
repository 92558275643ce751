import type {
  FleetGpu,
  FleetObjective,
  FleetPlacement,
  FleetRequest,
  FleetUnplaced,
  PackFleetProblem,
} from '../../../types/fleet/pack.js'
import { groupBy } from '../../model/group-by.js'
import { countBits, numberAt, sum } from '../../model/numbers.js'
import { requireResiduals } from '../../solver/tables/tables.js'
import { memoryOf, wholeHeldState } from '../model/fleet-model.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import { compareObjectives } from '../model/objective.js'
import { shareOfTime, type WorkBudget } from '../program/budget.js'
import { type DemandPrices, worthByPrices } from '../program/price-bound.js'
import { type NamedGpu, nameGpus } from './named-gpus.js'
import { listLayout, placeSet, type TiedPlacement, type Worth } from './place-tied.js'
import { listTied } from './tied-requests.js'

/** Requests with names on GPUs with names. */
export interface NamedPacking {
  readonly objective: FleetObjective
  readonly placements: readonly FleetPlacement[]
  readonly unplaced: readonly FleetUnplaced[]
}

/** Packs the other requests after the tied ones are placed. */
export type PackRest = (problem: PackFleetProblem) => Promise<NamedPacking>

export interface TiedProblem {
  readonly fleet: GroupedProblem
  /** By entry of `requests`. */
  readonly isTied: readonly boolean[]
  /** Prices of the program that ignores ties. */
  readonly prices: DemandPrices | null
  readonly lowerBound: FleetObjective
}

/**
 * Places tied requests first, one after the other, each where it costs the least by some measure. The
 * others are packed around them. The best of several measures counts.
 */
export async function packTied(
  problem: TiedProblem,
  budget: WorkBudget,
  packRest: PackRest,
): Promise<NamedPacking> {
  const { fleet, prices, lowerBound } = problem
  const measures: Worth[] = [countPartitions, countFree]
  if (prices !== null) {
    const worth = worthByPrices(fleet, prices)
    measures.unshift((gpu, state) => worth(gpu.entry, state))
  }
  let best: NamedPacking | null = null
  for (const measure of measures) {
    const packing = await packWith(problem, measure, budget, packRest)
    if (best === null || compareObjectives(packing.objective, best.objective) < 0) best = packing
    if (compareObjectives(best.objective, lowerBound) <= 0 || !budget.spend(1000)) break
  }
  return best as NamedPacking
}

/** The part of the time that is left which goes to tied requests. */
const tiedShare = 0.5

/** The number of partitions that a GPU can still take. */
const countPartitions: Worth = ({ entry }, state) => {
  const { classOf, classes } = requireResiduals(entry.model.tables)
  return classes[numberAt(classOf, state)]?.partitions.length ?? 0
}

/** Best fit: free memory counts more on a GPU that has more of it. */
const countFree: Worth = ({ entry }, state) => {
  const { memoryUnits, states } = entry.model.tables
  const free = memoryUnits - countBits(states.masks[state] ?? 0)
  return free * free
}

async function packWith(
  { fleet, isTied }: TiedProblem,
  worth: Worth,
  budget: WorkBudget,
  packRest: PackRest,
): Promise<NamedPacking> {
  const { requests } = fleet.problem
  const rules = { worth, isHasty: shareOfTime(budget, tiedShare), fullBefore: new Map() }
  const gpus = nameGpus(fleet)
  const gpusByNode = groupBy(gpus, ({ node }) => node)
  let isLate = false
  const tied: TiedPlacement[] = []
  const leftByEntry = new Map<number, number>()
  for (const set of listTied(fleet, isTied)) {
    const [first] = set
    const isAlone = first !== undefined && first.request.sameNode === undefined
    // If one request of an entry found no place, no other will: GPUs only get fuller.
    const isHopeless = isAlone && leftByEntry.has(first.entry)
    isLate ||= budget.isLate()
    const placed = !isHopeless && !isLate ? placeSet(set, gpus, gpusByNode, rules) : null
    if (placed !== null) tied.push(...placed)
    else for (const { entry } of set) leftByEntry.set(entry, (leftByEntry.get(entry) ?? 0) + 1)
  }
  const left = [...leftByEntry].map(([entry, count]) => ({ entry, count }))

  const entries = [...requests.keys()].filter((entry) => isTied[entry] !== true)
  const rest = await packRest({
    ...fleet.problem,
    requests: entries.map((entry) => byName(requests[entry] as FleetRequest, gpus)),
    gpus: gpus.map(toFleetGpu),
  })
  const toEntry = <Part extends { readonly entry: number }>(part: Part): Part => ({
    ...part,
    entry: entries[part.entry] ?? 0,
  })
  const byEntry = (a: { readonly entry: number }, b: { readonly entry: number }): number =>
    a.entry - b.entry
  const { objective } = rest
  return {
    objective: {
      unplacedValue:
        objective.unplacedValue +
        sum(left.map(({ entry, count }) => count * (requests[entry]?.value ?? 1))),
      gpus: objective.gpus,
      cost: objective.cost + costOf(fleet, gpus, tied),
    },
    placements: [...tied.map(toPlacement), ...rest.placements.map(toEntry)].sort(byEntry),
    unplaced: [...left, ...rest.unplaced.map(toEntry)].sort(byEntry),
  }
}

/** GPUs of an entry have names of their own now, so a filter by entry becomes a filter by name. */
function byName(request: FleetRequest, gpus: readonly NamedGpu[]): FleetRequest {
  const ids = request.where?.gpus
  if (ids === undefined) return request
  const named = gpus.filter(({ entry }) => ids.includes(entry.gpu.id)).map(({ name }) => name)
  return { ...request, where: { ...request.where, gpus: named } }
}

function toFleetGpu(named: NamedGpu): FleetGpu {
  const { name, entry, added, state } = named
  const { count: _count, ...gpu } = entry.gpu
  const isHeld = state === wholeHeldState && gpu.heldBy === undefined
  return {
    ...gpu,
    id: name,
    ...(added.length > 0 && { layout: listLayout(named) }),
    ...(isHeld && { heldBy: `request on ${name}` }),
  }
}

function toPlacement({ tied: { name, entry }, gpu, place, reused }: TiedPlacement): FleetPlacement {
  const { profiles } = gpu.entry.model.tables
  return {
    request: name,
    entry,
    gpu: gpu.name,
    node: gpu.entry.gpu.node ?? null,
    profileId: profiles[place?.profilePosition ?? -1]?.profile.id ?? null,
    placement: place?.placement ?? null,
    ...(reused && { reused: true }),
  }
}

function costOf(
  { goal }: GroupedProblem,
  gpus: readonly NamedGpu[],
  tied: readonly TiedPlacement[],
): number {
  if (goal === 'cost') {
    const opened = gpus.filter(({ inUse, entry }) => inUse && !entry.inUse)
    return sum(opened.map(({ entry }) => entry.gpu.cost ?? 0))
  }
  if (goal !== 'memory') return 0
  return sum(tied.map(({ place, gpu }) => memoryOf(gpu.entry.model, place?.profilePosition ?? -1)))
}
