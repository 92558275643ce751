import { emptyClass } from '../../solver/tables/tables.js'
import type { GpuGroup, GroupedProblem } from '../model/grouped-problem.js'
import type { Figure } from '../model/objective.js'
import { listFacets, priceOf } from '../program/facets.js'
import { listPatterns } from '../program/patterns.js'
import type { DemandPrices } from '../program/price-bound.js'
import type { ClassAnswer } from './class-stages.js'
import type { PatternUse } from './packed-classes.js'
import { walkPatterns } from './pattern-walk.js'
import type { ServedDemands } from './pool-profiles.js'

export interface ClosedFormAnswer extends ClassAnswer {
  readonly served: ServedDemands
}

/**
 * Packs enough empty GPUs of one model, with one profile for each request. Null: the problem is another
 * one.
 */
export function packByClosedForm(fleet: GroupedProblem): ClosedFormAnswer | null {
  const [group] = fleet.groups
  if (group === undefined || fleet.groups.length > 1 || fleet.goal !== 'gpus') return null
  if (!isEmptyGpu(group, fleet)) return null
  const { tables } = group.model
  const demands = fleet.demands.filter(({ count }) => count > 0)
  const wanted = [...tables.profiles.map(() => 0), 0]
  const positionOf: number[] = []
  for (const demand of demands) {
    const [position, ...others] = demand.options[group.model.number] ?? []
    if (position === undefined || others.length > 0 || position >= tables.profiles.length)
      return null
    wanted[position] = (wanted[position] ?? 0) + demand.count
    positionOf.push(position)
  }
  const positions = [...new Set(positionOf)].sort((a, b) => a - b)
  const facets = listFacets(tables, positions)
  if (facets === null) return null
  const gpus = priceOf(facets, wanted)
  if (gpus > group.count) return null
  const steps = walkPatterns(facets, listPatterns(tables, 0, positions), wanted)
  if (steps === null) return null

  const uses = steps.map(
    ({ pattern, count }): PatternUse => ({
      column: {
        group,
        pattern,
        holds: positions.flatMap((position, profile) => {
          const each = pattern[position] ?? 0
          return each === 0 ? [] : [{ profile, count: each }]
        }),
      },
      count,
    }),
  )
  const lowerBound = { unplacedValue: 0, gpus, cost: 0 }
  const dearest = facets.find((facet) => priceOf([facet], wanted) === gpus)
  const prices: Record<Figure, DemandPrices | null> = {
    unplacedValue: null,
    gpus: null,
    cost: null,
  }
  if (dearest !== undefined && gpus > 0) {
    const { denominator } = dearest
    const ofDemands = fleet.demands.map(() => 0)
    for (const [index, { number }] of demands.entries()) {
      ofDemands[number] = dearest.prices[positionOf[index] ?? 0] ?? 0
    }
    const unplacedValue = Math.max(...ofDemands)
    prices.gpus = {
      prices: ofDemands,
      denominator,
      weights: { unplacedValue, gpus: denominator, cost: 0 },
    }
  }
  return {
    packed: {
      uses,
      assignment: {
        placed: demands.map(({ count }) => [count]),
        unplaced: demands.map(() => 0),
      },
      objective: lowerBound,
    },
    bound: { lowerBound, prices },
    lowerBound,
    askedHighs: false,
    served: {
      demands,
      poolProfiles: positions.map((position) => ({ pool: 0, position })),
      profilesOf: positionOf.map((position) => [positions.indexOf(position)]),
    },
  }
}

function isEmptyGpu(
  { classNumber, inUse }: GpuGroup,
  { pools, demands, inUse: held }: GroupedProblem,
) {
  const admitted = new Set(pools[0]?.accesses)
  return (
    !inUse &&
    held === 0 &&
    classNumber === emptyClass &&
    demands.every(({ access }) => admitted.has(access))
  )
}
