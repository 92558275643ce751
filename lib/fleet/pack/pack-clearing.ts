import type { FleetPacking, FleetPlacement } from '../../../types/fleet/pack.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import { gapOf } from '../model/objective.js'
import type { WorkBudget } from '../program/budget.js'
import { findFewestCleared } from './clear-fewest.js'
import { type ClearedPacking, settleCleared } from './clear-idle.js'
import { groupProblem } from './group-problem.js'
import { namePlacements } from './name-placements.js'
import { countPatterns, listUnplaced, toPrices } from './packing-answer.js'
import { preferIdle } from './prefer-idle.js'
import { findTied } from './tied-requests.js'

interface PackClearingOptions {
  readonly names: boolean
  /** Packs without clearing anything. */
  readonly pack: (fleet: GroupedProblem) => Promise<FleetPacking>
  readonly budget: WorkBudget
}

/** Counts idle instances as free room. Nothing is cleared if that places no more. */
export async function packClearing(
  fleet: GroupedProblem,
  without: FleetPacking,
  { names, pack, budget }: PackClearingOptions,
): Promise<FleetPacking> {
  const cleared = groupProblem(fleet.problem, { clearIdle: true, isLate: budget.isTimeUp })
  const found = await pack(cleared)
  const { lowerBound, certificate, proof, stopped, objective } = found
  if (objective.unplacedValue >= without.objective.unplacedValue) {
    const gap = gapOf(without.objective, lowerBound)
    return { ...without, lowerBound, certificate, proof, stopped, gap }
  }
  if (!names) return found
  const isTied = findTied(fleet.problem.requests)
  const settle = (packed: readonly FleetPlacement[]): ClearedPacking => {
    const first = settleCleared(fleet, packed)
    return settleCleared(fleet, preferIdle(fleet, first.placements, isTied, first.cleared))
  }
  return clearFewest({ fleet, found, cleared, isTied, settle }, budget)
}

interface Clearing {
  readonly fleet: GroupedProblem
  readonly found: FleetPacking
  /** The problem with idle instances as free room. */
  readonly cleared: GroupedProblem
  readonly isTied: readonly boolean[]
  readonly settle: (placements: readonly FleetPlacement[]) => ClearedPacking
}

/** Among packings with the figures that were found, one that clears as few as the bound, or nearly so. */
function clearFewest(
  { fleet, found, cleared: problem, isTied, settle }: Clearing,
  budget: WorkBudget,
): FleetPacking {
  const { objective } = found
  let best = settle(found.placements)
  let { unplaced } = found
  const { lowerBound, prices, packings } = findFewestCleared(problem, objective, budget)
  const mayPack = !isTied.includes(true) && best.cleared.length > lowerBound
  for (const { fleet: split, program, packed } of mayPack ? packings() : []) {
    const other = settle(namePlacements(split, program, packed))
    if (other.cleared.length >= best.cleared.length) continue
    best = other
    unplaced = listUnplaced(split, program, packed.assignment)
    if (best.cleared.length === lowerBound) break
  }
  const { placements, cleared } = best
  const patterns = countPatterns(fleet, placements)
  if (cleared.length === 0) return { ...found, placements, patterns, unplaced }
  const gap = (cleared.length - lowerBound) / cleared.length
  const proof = { atMost: objective, lowerBound, prices: toPrices(prices, problem.demandOf) }
  const certificate = { ...found.certificate, cleared: proof }
  const clearing = { lowerBound, gap }
  return { ...found, placements, patterns, unplaced, certificate, cleared, clearing }
}
