import type { FleetObjective } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { numberAt } from '../../model/numbers.js'
import type { DemandGroup, GpuGroup, GroupedProblem } from '../model/grouped-problem.js'
import { compareObjectives } from '../model/objective.js'
import { listServing } from '../model/serving-profiles.js'
import type { WorkBudget } from '../program/budget.js'
import type { Column } from '../program/linear-program.js'
import { type DemandPrices, leastCleared, toWholePrices } from '../program/price-bound.js'
import { searchWhole } from '../program/search-whole.js'
import { createSimplex, mayInvert, type Simplex } from '../program/simplex.js'
import { type ClassProgram, createClassProgram, openedRow, unplacedRow } from './class-program.js'
import { type PackedClasses, packClasses } from './packed-classes.js'

export interface FewestCleared {
  /** No packing whose figures are at most these clears fewer idle instances. */
  readonly lowerBound: number
  /** Null: the bound is 0. */
  readonly prices: DemandPrices | null
  /** Packings that may clear fewer, the best first. Computed one by one. */
  readonly packings: () => Iterable<ClearedClasses>
}

/** No GPU has more idle instances than the root of this. */
const mostSquare = 256

interface ClearedClasses {
  readonly fleet: GroupedProblem
  readonly program: ClassProgram
  readonly packed: PackedClasses
}

const unknown: FewestCleared = { lowerBound: 0, prices: null, packings: () => [] }

/**
 * How few idle instances a packing with these figures clears: the linear program over classes again, in which GPUs with
 * the same idle instances are a class. `fleet` counts idle instances as free room.
 */
export function findFewestCleared(
  given: GroupedProblem,
  atMost: FleetObjective,
  budget: WorkBudget,
): FewestCleared {
  const fleet = { ...given, groups: splitByIdle(given.groups) }
  const rows = 3 + fleet.demands.length + fleet.groups.length
  if (budget.isTimeUp() || !mayInvert(rows, budget.leftMs())) return unknown
  const program = createClassProgram(fleet)
  if (!mayInvert(program.right.length + 1, budget.leftMs())) return unknown
  const { columns, right, basis, costRow } = withLimits(fleet, program, atMost)
  const costs = new Float64Array(columns.length)
  for (const [index, { cleared = 0 }] of program.patterns.entries()) costs[index] = cleared
  const simplex = createSimplex(columns, right, basis)
  if (simplex.repair(costs, budget) !== 'optimal') return unknown
  const prices = readPrices(fleet, program, simplex, costRow)
  const demands = servedByAll(fleet)
  const lowerBound = leastCleared({ ...fleet, demands }, prices, atMost)
  const { patterns } = program
  function* packings(): Iterable<ClearedClasses> {
    // One GPU that clears some is as good as the mean of one that clears none and one that clears all, but it is whole.
    const uneven = costs.map((cost) => cost + (cost * cost) / (mostSquare * fleet.groups.length))
    if (simplex.minimise(uneven, budget) !== 'optimal') return
    for (const more of [0, 1, 2, 4, 8]) {
      if (budget.isTimeUp()) return
      const target = lowerBound + more + 1
      const counts = searchWhole({ patterns, columns }, simplex, uneven, target, budget)
      const packed = counts === null ? null : packClasses(fleet, program, counts)
      if (packed === null || compareObjectives(packed.objective, atMost) > 0) continue
      yield { fleet, program, packed }
    }
  }
  return { lowerBound, prices: lowerBound > 0 ? prices : null, packings }
}

/** A profile that a smaller one could always replace counts, too: an idle instance of it may be there, and stay. */
function servedByAll({ problem, models, demands }: GroupedProblem): readonly DemandGroup[] {
  return demands.map((demand) => {
    const [entry = 0] = demand.entries
    const request = problem.requests[entry]
    if (request?.need === undefined) return demand
    return { ...demand, options: listServing(models, request, ['requests', entry]) }
  })
}

function splitByIdle(groups: readonly GpuGroup[]): readonly GpuGroup[] {
  const split = new Map<string, GpuGroup>()
  for (const group of groups) {
    for (const member of group.members) {
      const { idle = [], state } = member
      const places = idle.map(({ number }) => number).join()
      const key = idle.length === 0 ? `${group.number}` : `${group.number}:${state}:${places}`
      const into = cached(split, key, (): GpuGroup => {
        return { ...group, number: split.size, members: [], count: 0, idle }
      })
      into.members.push(member)
      into.count += member.count
    }
  }
  return [...split.values()]
}

/** The program with the three figures limited. */
function withLimits(
  { inUse }: GroupedProblem,
  { columns: own, right: start, startBasis, costs }: ClassProgram,
  atMost: FleetObjective,
): {
  readonly columns: readonly Column[]
  readonly right: Float64Array
  readonly basis: Int32Array
  readonly costRow: number
} {
  const costRow = start.length
  const columns = own.map(({ rows, values }, column): Column => {
    const cost = numberAt(costs.cost, column)
    return cost === 0 ? { rows, values } : { rows: [...rows, costRow], values: [...values, cost] }
  })
  const right = new Float64Array(costRow + 1)
  right.set(start)
  right[unplacedRow] = atMost.unplacedValue
  right[openedRow] = atMost.gpus - inUse
  right[costRow] = atMost.cost
  const basis = new Int32Array(costRow + 1)
  basis.set(startBasis)
  basis[costRow] = columns.push({ rows: [costRow], values: [1] }) - 1
  return { columns, right, basis, costRow }
}

/** The prices of the rows as whole numbers. */
function readPrices(
  { demands }: GroupedProblem,
  program: ClassProgram,
  simplex: Simplex,
  costRow: number,
): DemandPrices {
  const duals = simplex.prices()
  const own = program.demands.map((_, index) =>
    Math.max(0, numberAt(duals, program.firstDemandRow + index)),
  )
  const limits = [unplacedRow, openedRow, costRow].map((row) => Math.max(0, -numberAt(duals, row)))
  const { numbers, denominator } = toWholePrices([...own, ...limits])
  const [left = 0, gpus = 0, cost = 0] = numbers.slice(own.length)
  let unplacedValue = left
  for (const [index, { value }] of program.demands.entries())
    unplacedValue = Math.max(unplacedValue, Math.ceil((numbers[index] ?? 0) / value))
  const prices = demands.map(() => 0)
  for (const [index, { number }] of program.demands.entries()) prices[number] = numbers[index] ?? 0
  return { prices, denominator, weights: { unplacedValue, gpus, cost, cleared: denominator } }
}
