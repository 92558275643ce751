import type { FleetObjective } from '../../../types/fleet/pack.js'
import { numberAt } from '../../model/numbers.js'
import type { GroupedProblem } from '../model/grouped-problem.js'
import type { Figure } from '../model/objective.js'
import { type DemandPrices, toWholePrices } from '../program/price-bound.js'
import type { Simplex } from '../program/simplex.js'
import { type ClassProgram, openedRow, unplacedRow } from './class-program.js'

/** The content of a `FleetCertificate`, with prices by demand. */
export interface ClassBound {
  readonly lowerBound: FleetObjective
  readonly prices: { readonly [figure in Figure]: DemandPrices | null }
}

/** The prices of the rows as whole numbers that prove a bound of the figure. Null: they prove nothing. */
export function readPrices(
  { demands }: GroupedProblem,
  program: ClassProgram,
  simplex: Simplex,
  figure: Figure,
): DemandPrices | null {
  const duals = simplex.prices()
  const own = program.demands.map((_, index) =>
    Math.max(0, numberAt(duals, program.firstDemandRow + index)),
  )
  const left = figure === 'unplacedValue' ? 0 : Math.max(0, -numberAt(duals, unplacedRow))
  const opened = figure === 'cost' ? Math.max(0, -numberAt(duals, openedRow)) : 0
  const { numbers, denominator } = toWholePrices([...own, left, opened])
  const whole = (index: number): number => numbers[own.length + index] ?? 0
  const weights = {
    unplacedValue: figure === 'unplacedValue' ? denominator : whole(0),
    gpus: figure === 'gpus' ? denominator : figure === 'cost' ? whole(1) : 0,
    cost: figure === 'cost' ? denominator : 0,
  }
  if (figure !== 'unplacedValue') {
    for (const [index, { value }] of program.demands.entries()) {
      weights.unplacedValue = Math.max(
        weights.unplacedValue,
        Math.ceil((numbers[index] ?? 0) / value),
      )
    }
  }
  const prices = demands.map(() => 0)
  for (const [index, { number, value }] of program.demands.entries()) {
    prices[number] = Math.min(numbers[index] ?? 0, weights.unplacedValue * value)
  }
  return prices.some((price) => price > 0) ? { prices, denominator, weights } : null
}
