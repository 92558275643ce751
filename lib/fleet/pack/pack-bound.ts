import type {
  FleetGpu,
  FleetObjective,
  FleetPlacement,
  FleetRequest,
  FleetUnplaced,
  PackFleetProblem,
} from '../../../types/fleet/pack.js'
import { requireResiduals } from '../../solver/tables/tables.js'
import { wholeHeldState } from '../model/fleet-model.js'
import type { WorkBudget } from '../program/budget.js'
import type { DemandPrices } from '../program/price-bound.js'
import { worthByPrices } from '../program/price-bound.js'
import {
  type BoundSpot,
  listBound,
  type NamedGpu,
  nameGpus,
  placeSet,
  type Worth,
} from './bound-requests.js'
import type { Neighbours } from './neighbours.js'
import type { PackGroups } from './pack-groups.js'
import { compareObjectives } from './packed-classes.js'

/** Requests with names on GPUs with names. */
export interface BoundPacking {
  readonly objective: FleetObjective
  readonly placements: readonly FleetPlacement[]
  readonly unplaced: readonly FleetUnplaced[]
}

/** Packs what is left when those with neighbours to mind have their places. */
export type PackRest = (problem: PackFleetProblem) => Promise<BoundPacking>

/**
 * Requests with `sameNode`, `spread` and `avoid` go first, one after the other to where they cost the
 * least by some measure; the others are packed around them. The best of several measures counts.
 */
export async function packBound(
  fleet: PackGroups,
  isBound: readonly boolean[],
  prices: DemandPrices | null,
  lowerBound: FleetObjective,
  budget: WorkBudget,
  packRest: PackRest,
): Promise<BoundPacking> {
  const measures: Worth[] = [countRoom, countFree]
  if (prices !== null) {
    const worth = worthByPrices(fleet, prices)
    measures.unshift((gpu, state) => worth(gpu.entry, state))
  }
  let best: BoundPacking | null = null
  for (const measure of measures) {
    const packing = await packWith(fleet, isBound, measure, packRest)
    if (best === null || compareObjectives(packing.objective, best.objective) < 0) best = packing
    if (compareObjectives(best.objective, lowerBound) <= 0 || !budget.spend(1000)) break
  }
  return best as BoundPacking
}

const countRoom: Worth = ({ entry }, state) => {
  const { classOf, classes } = requireResiduals(entry.model.tables)
  return classes[classOf[state] ?? 0]?.partitions.length ?? 0
}

/** What is left free on a GPU, where it is loaded the most: best fit. */
const countFree: Worth = ({ entry }, state) => {
  let free = entry.model.tables.memoryUnits
  for (let mask = entry.model.tables.states.masks[state] ?? 0; mask !== 0; mask &= mask - 1) {
    free -= 1
  }
  return free * free
}

async function packWith(
  fleet: PackGroups,
  isBound: readonly boolean[],
  worth: Worth,
  packRest: PackRest,
): Promise<BoundPacking> {
  const gpus = nameGpus(fleet)
  const byNode = new Map<Neighbours, NamedGpu[]>()
  for (const gpu of gpus) {
    const ofNode = byNode.get(gpu.node) ?? []
    byNode.set(gpu.node, ofNode)
    ofNode.push(gpu)
  }
  const spots: BoundSpot[] = []
  const left = new Map<number, number>()
  const full = new Set<number>()
  for (const set of listBound(fleet, isBound)) {
    const [first] = set
    const isAlone = first !== undefined && first.request.sameNode === undefined
    // Where one of an entry has found no place, no other of it will: GPUs only get fuller.
    const placed = isAlone && full.has(first.entry) ? null : placeSet(set, gpus, byNode, worth)
    if (placed === null && isAlone) full.add(first.entry)
    spots.push(...(placed ?? []))
    if (placed !== null) continue
    for (const { entry } of set) left.set(entry, (left.get(entry) ?? 0) + 1)
  }

  const entries = [...fleet.problem.requests.keys()].filter((entry) => isBound[entry] !== true)
  const rest = await packRest({
    ...fleet.problem,
    requests: entries.map((entry) => byName(fleet.problem.requests[entry] as FleetRequest, gpus)),
    gpus: gpus.map(toFleetGpu),
  })
  const placements = spots.map(({ request: { name, entry }, gpu, place }) => ({
    request: name,
    entry,
    gpu: gpu.name,
    profileId:
      place === null
        ? null
        : (gpu.entry.model.tables.profiles[place.profilePosition]?.profile.id ?? null),
    placement: place?.placement ?? null,
  }))
  const toEntry = <Part extends { readonly entry: number }>(part: Part): Part => ({
    ...part,
    entry: entries[part.entry] ?? 0,
  })
  const lost = [...left].map(([entry, count]) => ({ entry, count }))
  const { requests } = fleet.problem
  return {
    objective: {
      unplacedValue:
        rest.objective.unplacedValue +
        lost.reduce((sum, { entry, count }) => sum + count * (requests[entry]?.value ?? 1), 0),
      gpus: rest.objective.gpus,
      cost: rest.objective.cost + costOf(fleet, gpus, spots),
    },
    placements: [...placements, ...rest.placements.map(toEntry)].sort((a, b) => a.entry - b.entry),
    unplaced: [...lost, ...rest.unplaced.map(toEntry)].sort((a, b) => a.entry - b.entry),
  }
}

/** The GPUs of an entry have names of their own now, so a filter by entry becomes one by name. */
function byName(request: FleetRequest, gpus: readonly NamedGpu[]): FleetRequest {
  const ids = request.where?.gpus
  if (ids === undefined) return request
  const named = gpus.filter(({ entry }) => ids.includes(entry.gpu.id)).map(({ name }) => name)
  return { ...request, where: { ...request.where, gpus: named } }
}

function toFleetGpu({ name, entry, added, state }: NamedGpu): FleetGpu {
  const { count: _count, ...gpu } = entry.gpu
  return {
    ...gpu,
    id: name,
    ...(gpu.node === undefined ? {} : { node: gpu.node }),
    ...(added.length === 0 ? {} : { layout: [...(gpu.layout ?? []), ...added] }),
    ...(state === wholeHeldState && gpu.heldBy === undefined
      ? { heldBy: `request on ${name}` }
      : {}),
  }
}

function costOf(
  { goal }: PackGroups,
  gpus: readonly NamedGpu[],
  spots: readonly BoundSpot[],
): number {
  if (goal === 'cost') {
    const opened = gpus.filter(({ inUse, entry }) => inUse && !entry.inUse)
    return opened.reduce((sum, { entry }) => sum + (entry.gpu.cost ?? 0), 0)
  }
  if (goal !== 'memory') return 0
  return spots.reduce((sum, { place, gpu }) => {
    const { profiles } = gpu.entry.model.tables
    return (
      sum +
      (profiles[place?.profilePosition ?? -1]?.profile.memoryMiB ??
        Math.max(...profiles.map(({ profile }) => profile.memoryMiB)))
    )
  }, 0)
}
