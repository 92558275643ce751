import type { Demand } from '../../../types/solver/placing.js'
import { MigError } from '../../errors.js'
import { at } from '../../model/numbers.js'
import { readDemand } from '../tables/check-input.js'
import { profileWith, type Tables } from '../tables/tables.js'

const mostWeight = 1_000_000

/** The weights of a demand by profile position. Null: all are 0. Throws `MIG_SOLVER_INPUT` for a wrong demand. */
export function readWeights(tables: Tables, demand: readonly Demand[]): readonly number[] | null {
  const weights = tables.profiles.map(() => 0)
  for (const { profileId, weight } of readDemand(demand)) {
    const { position } = profileWith(tables, profileId)
    const isWhole = Number.isSafeInteger(weight) && weight >= 0
    const sum = isWhole ? at(weights, position) + weight : weight
    if (!isWhole || sum > mostWeight) {
      throw new MigError(
        'MIG_SOLVER_INPUT',
        `The weight of a profile must be a whole number from 0 to ${mostWeight}, not ${sum}.`,
      )
    }
    weights[position] = sum
  }
  return weights.every((weight) => weight === 0) ? null : weights
}
