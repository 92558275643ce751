import type { FleetObjective } from '../../../types/fleet/pack.js'

/** The figures of an objective, the most important first. */
export const figures = ['unplacedValue', 'gpus', 'cost'] as const

export type Figure = (typeof figures)[number]

/** Negative: the first objective is better. */
export function compareObjectives(a: FleetObjective, b: FleetObjective): number {
  return a.unplacedValue - b.unplacedValue || a.gpus - b.gpus || a.cost - b.cost
}

/** The relative distance of the first figure that is above its bound. */
export function gapOf(objective: FleetObjective, lowerBound: FleetObjective): number {
  for (const figure of figures) {
    const more = objective[figure] - lowerBound[figure]
    if (more > 0) return more / objective[figure]
  }
  return 0
}
