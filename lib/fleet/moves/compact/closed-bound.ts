import type { WorkBudget } from '../../program/budget.js'
import { listFacets } from '../../program/facets.js'
import { positionsOn } from '../access-groups.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import { boundCompact, type CompactPrices } from './compact-bound.js'
import type { CompactProgram } from './compact-program.js'
import type { ProvenAim } from './compact-simplex.js'

/** The bound of each model's closed form, which no program has to be solved for. Without time, the first that proves anything. */
export function boundByClosedForm(
  fleet: GroupedFleet,
  program: CompactProgram,
  budget: WorkBudget,
): ProvenAim {
  let best: ProvenAim = { fewest: 0, aimPrices: null }
  for (const model of new Set(fleet.accessGroups.map((accessGroup) => accessGroup.model))) {
    const positions = positionsOn(fleet.accessGroups, model)
    for (const { prices, denominator } of listFacets(model.tables, positions) ?? []) {
      if (best.fewest > 0 && budget.isLate()) return best
      const ofDestination = program.destinations.map(({ accessGroup, position }) =>
        accessGroup.model === model ? (prices[position] ?? 0) : 0,
      )
      const aimPrices: CompactPrices = { ofDestination, ofAim: 0, denominator }
      const fewest = boundCompact(program, aimPrices, null)
      if (fewest > best.fewest) best = { fewest, aimPrices }
    }
  }
  return best
}
