import type {
  FleetObjective,
  FleetPacking,
  FleetPattern,
  PackFleetOptions,
  PackFleetProblem,
} from '../../../types/fleet/pack.js'
import { copyPlain } from '../../model/copy-plain.js'
import { sum } from '../../model/numbers.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import { mayClear } from '../model/idle-instance.js'
import { gapOf } from '../model/objective.js'
import { checkFleetOptions } from '../model/option-rules.js'
import { createBudget, type WorkBudget } from '../program/budget.js'
import { solverLoader, type WholeSolver } from '../program/highs.js'
import { type ClassProgram, createClassProgram } from './class-program.js'
import { type ClassAnswer, solveStages } from './class-stages.js'
import { packByClosedForm } from './closed-form.js'
import { countUsed } from './gpu-loads.js'
import { groupProblem } from './group-problem.js'
import { valueLeftByRules, withoutLeft } from './left-by-rules.js'
import { namePlacements } from './name-placements.js'
import { solveNear } from './near-stages.js'
import { packClearing } from './pack-clearing.js'
import { type NamedPacking, packTied } from './pack-tied.js'
import { countPatterns, listPatternsUsed, listUnplaced, toCertificate } from './packing-answer.js'
import type { ServedDemands } from './pool-profiles.js'
import { preferIdle } from './prefer-idle.js'
import { findTied } from './tied-requests.js'
import { solveBuckets } from './value-buckets.js'

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
  const { names = true, solver, clearIdle = false } = options
  const budget = createBudget(options)
  const effort = { budget, loadSolver: solverLoader(solver) }
  const fleet = groupProblem(problem, { isLate: budget.isTimeUp })
  budget.keepBack(namingMs(fleet, names))
  const packing = await packGroups(fleet, names, effort)
  const mayHelp = clearIdle && packing.objective.unplacedValue > 0
  if (!mayHelp || !fleet.gpus.some(({ gpu: { layout = [] } }) => layout.some(mayClear)))
    return packing
  const pack = (given: GroupedProblem): Promise<FleetPacking> => packGroups(given, names, effort)
  return packClearing(fleet, packing, { names, pack, budget })
}

async function packGroups(
  fleet: GroupedProblem,
  names: boolean,
  effort: PackEffort,
): Promise<FleetPacking> {
  const { budget } = effort
  const relaxed = await packRelaxed(withoutLeft(fleet), effort)
  const { served, isClosed } = relaxed
  const answer = withLeft(relaxed.answer, valueLeftByRules(fleet.demands))
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
    placements: names ? preferIdle(fleet, found.placements, isTied, []) : [],
    patterns: found.patterns,
    unplaced: found.unplaced,
    stopped: budget.stopped(),
  }
}

/** The bound of all requests, if so much value is left out in any case. */
function withLeft(answer: ClassAnswer, value: number): ClassAnswer {
  if (value === 0) return answer
  const add = (lowerBound: FleetObjective): FleetObjective => ({
    ...lowerBound,
    unplacedValue: lowerBound.unplacedValue + value,
  })
  const bound = { ...answer.bound, lowerBound: add(answer.bound.lowerBound) }
  return { ...answer, bound, lowerBound: add(answer.lowerBound) }
}

/** What it takes to name a placement, and to count one of a demand and its price. */
const msEach = { placement: 0.001, demand: 0.04 }

function namingMs({ demands }: GroupedProblem, names: boolean): number {
  const placements = names ? sum(demands.map(({ count }) => count)) : 0
  return placements * msEach.placement + demands.length * msEach.demand
}

/** With more rows, steps of a simplex take too long; with more GPUs, a packing GPU by GPU does. */
const mostRows = 200
const mostGpus = 20_000
/** With more rows, a simplex has no room in memory, either. */
const mostSimplexRows = 1500

function isLarge(fleet: GroupedProblem, program: ClassProgram): boolean {
  const { length } = program.right
  return (
    length > mostSimplexRows || (length > mostRows && sum(countUsed(fleet, program)) <= mostGpus)
  )
}

/** Packs by classes, as if no request were tied to its neighbours. */
async function packRelaxed(
  fleet: GroupedProblem,
  { budget, loadSolver }: PackEffort,
): Promise<RelaxedPacking> {
  const closed = packByClosedForm(fleet)
  if (closed !== null) return { answer: closed, served: closed.served, isClosed: true }
  const bucketed = await solveBuckets(fleet, budget, loadSolver)
  if (bucketed !== null) return { ...bucketed, isClosed: false }
  const program = createClassProgram(fleet)
  const answer = isLarge(fleet, program)
    ? solveNear(fleet, program, budget)
    : await solveStages(fleet, program, budget, loadSolver)
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
      const left = groupProblem(rest, { isLate: effort.budget.isTimeUp })
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
