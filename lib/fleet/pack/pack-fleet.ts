import type {
  FleetObjective,
  FleetPacking,
  FleetPattern,
  PackFleetOptions,
  PackFleetProblem,
} from '../../../types/fleet/pack.js'
import { requireObject } from '../model/check-form.js'
import { createBudget, type WorkBudget } from '../program/budget.js'
import { solverLoader, type WholeSolver } from '../program/highs.js'
import { toCertificate } from './certificate.js'
import { createClassProgram } from './class-program.js'
import { type ClassAnswer, solveStages } from './class-stages.js'
import { packByClosedForm } from './closed-form.js'
import { listPatternsUsed, listUnplaced, namePlacements } from './name-placements.js'
import { findBound } from './neighbours.js'
import { type BoundPacking, packBound } from './pack-bound.js'
import { groupFleet, type PackGroups } from './pack-groups.js'
import { countPatterns } from './placed-patterns.js'
import type { Placing } from './request-queues.js'

interface Relaxed {
  readonly answer: ClassAnswer
  readonly placing: Placing
  readonly isClosed: boolean
}

/**
 * The fewest GPUs for a list of requests, with a bound beside the answer: first the least value left out,
 * then the fewest GPUs, then what `objective` says. Nothing that is on the GPUs is moved.
 *
 * Rejects with `MIG_FLEET_INVALID` or `MIG_PROFILE_UNKNOWN` for what makes no sense, before anything is
 * solved, and with the reason of an aborted signal.
 */
export async function packFleet(
  problem: PackFleetProblem,
  options: PackFleetOptions = {},
): Promise<FleetPacking> {
  requireObject(options, ['options'])
  const budget = createBudget(options)
  const fleet = groupFleet(problem)
  const load = solverLoader(options.solver)
  const relaxed = await packRelaxed(fleet, budget, load)
  const { answer, isClosed } = relaxed
  const { names = true } = options
  const isBound = findBound(fleet.problem.requests)
  const found = isBound.includes(true)
    ? await packNamed(fleet, isBound, answer, budget, load)
    : {
        objective: answer.packed.objective,
        placements: names ? namePlacements(fleet, relaxed.placing, answer.packed) : [],
        patterns: listPatternsUsed(answer.packed),
        unplaced: listUnplaced(fleet, relaxed.placing, answer.packed.assignment),
      }
  return {
    objective: found.objective,
    lowerBound: answer.lowerBound,
    gap: gapOf(found.objective, answer.lowerBound),
    proof: isClosed ? 'closed-form' : answer.askedHighs ? 'milp' : 'class-relaxation',
    certificate: toCertificate(fleet, isClosed ? 'closed-form' : 'dual-prices', answer.bound),
    placements: names ? found.placements : [],
    patterns: found.patterns,
    unplaced: found.unplaced,
    stopped: budget.stopped(),
  }
}

/** By classes, as if no request minded its neighbours. */
async function packRelaxed(
  fleet: PackGroups,
  budget: WorkBudget,
  load: () => Promise<WholeSolver | null>,
): Promise<Relaxed> {
  const closed = packByClosedForm(fleet)
  if (closed !== null) return { answer: closed, placing: closed, isClosed: true }
  const program = createClassProgram(fleet)
  const answer = await solveStages(fleet, program, budget, load)
  return { answer, placing: program, isClosed: false }
}

async function packNamed(
  fleet: PackGroups,
  isBound: readonly boolean[],
  { bound, lowerBound }: ClassAnswer,
  budget: WorkBudget,
  load: () => Promise<WholeSolver | null>,
): Promise<BoundPacking & { readonly patterns: readonly FleetPattern[] }> {
  const packing = await packBound(
    fleet,
    isBound,
    bound.prices.gpus ?? bound.prices.unplacedValue,
    lowerBound,
    budget,
    async (rest) => {
      const left = groupFleet(rest)
      const { answer, placing } = await packRelaxed(left, budget, load)
      const { objective, assignment } = answer.packed
      return {
        objective,
        placements: namePlacements(left, placing, answer.packed),
        unplaced: listUnplaced(left, placing, assignment),
      }
    },
  )
  return { ...packing, patterns: countPatterns(fleet, packing.placements) }
}

function gapOf(objective: FleetObjective, lowerBound: FleetObjective): number {
  for (const figure of ['unplacedValue', 'gpus', 'cost'] as const) {
    const more = objective[figure] - lowerBound[figure]
    if (more > 0) return more / objective[figure]
  }
  return 0
}
