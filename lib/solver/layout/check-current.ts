import type { Layout } from '../../../types/solver/layout.js'
import { MigError } from '../../errors.js'
import { overlaps } from '../../model/placement.js'

/**
 * Instances that are there but that the geometry does not know are no mistake: they only cannot stay.
 * Two in one place are. Throws `MIG_SOLVER_INPUT`.
 */
export function checkCurrent(current: Layout): void {
  for (const [index, a] of current.entries()) {
    for (let other = index + 1; other < current.length; other += 1) {
      const b = current[other]
      if (b === undefined || !overlaps(a.placement, b.placement)) continue
      throw new MigError(
        'MIG_SOLVER_INPUT',
        `The current layout has instances at ${a.placement.start}:${a.placement.size} and at ${b.placement.start}:${b.placement.size}, which overlap.`,
      )
    }
  }
}
