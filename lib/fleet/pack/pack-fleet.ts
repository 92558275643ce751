import type {
  FleetPacking,
  FleetPattern,
  PackFleetOptions,
  PackFleetProblem,
} from '../../../types/fleet/pack.js'
import { copyPlain } from '../../model/copy-plain.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import { gapOf } from '../model/objective.js'
import { checkFleetOptions } from '../model/option-rules.js'
import { createBudget, type WorkBudget } from '../program/budget.js'
import { solverLoader, type WholeSolver } from '../program/highs.js'
import { createClassProgram } from './class-program.js'
import { type ClassAnswer, solveStages } from './class-stages.js'
import { packByClosedForm } from './closed-form.js'
import { groupProblem } from './group-problem.js'
import { namePlacements } from './name-placements.js'
import { type NamedPacking, packTied } from './pack-tied.js'
import { countPatterns, listPatternsUsed, listUnplaced, toCertificate } from './packing-answer.js'
import type { ServedDemands } from './pool-profiles.js'
import { findTied } from './tied-requests.js'

interface RelaxedPacking {
  readonly answer: ClassAnswer
  readonly served: ServedDemands
  readonly isClosed: boolean
}

/** How long to search, and with which solver. */
interface PackEffort {
  readonly budget: WorkBudget
  readonly loadSolver: () => Promise<WholeSolver | null>
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
  given: PackFleetOptions = {},
): Promise<FleetPacking> {
  const options = copyPlain(given)
  checkFleetOptions('packFleet', options)
  const { names = true, solver } = options
  const budget = createBudget(options)
  const effort = { budget, loadSolver: solverLoader(solver) }
  const fleet = groupProblem(problem)
  const relaxed = await packRelaxed(fleet, effort)
  const { answer, served, isClosed } = relaxed
  const isTied = findTied(fleet.problem.requests)
  const found = isTied.includes(true)
    ? await packNamed(fleet, isTied, answer, effort)
    : {
        objective: answer.packed.objective,
        placements: names ? namePlacements(fleet, served, answer.packed) : [],
        patterns: listPatternsUsed(answer.packed),
        unplaced: listUnplaced(fleet, served, answer.packed.assignment),
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

/** Packs by classes, as if no request were tied to its neighbours. */
async function packRelaxed(
  fleet: GroupedProblem,
  { budget, loadSolver }: PackEffort,
): Promise<RelaxedPacking> {
  const closed = packByClosedForm(fleet)
  if (closed !== null) return { answer: closed, served: closed.served, isClosed: true }
  const program = createClassProgram(fleet)
  const answer = await solveStages(fleet, program, budget, loadSolver)
  return { answer, served: program, isClosed: false }
}

async function packNamed(
  fleet: GroupedProblem,
  isTied: readonly boolean[],
  { bound, lowerBound }: ClassAnswer,
  effort: PackEffort,
): Promise<NamedPacking & { readonly patterns: readonly FleetPattern[] }> {
  const prices = bound.prices.gpus ?? bound.prices.unplacedValue
  const packing = await packTied(
    { fleet, isTied, prices, lowerBound },
    effort.budget,
    async (rest) => {
      const left = groupProblem(rest)
      const { answer, served } = await packRelaxed(left, effort)
      const { objective, assignment } = answer.packed
      return {
        objective,
        placements: namePlacements(left, served, answer.packed),
        unplaced: listUnplaced(left, served, assignment),
      }
    },
  )
  return { ...packing, patterns: countPatterns(fleet, packing.placements) }
}
