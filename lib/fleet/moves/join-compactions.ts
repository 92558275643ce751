import type { FleetCompaction, JoinedCompaction } from '../../../types/fleet/moves.js'
import { requireList } from '../model/check-form.js'
import { gapOf } from './gap.js'

/**
 * The figures of shards that were compacted one by one. Their bounds add up to one for moves within shards. `whole`: the
 * answer for the whole fleet, whose bound holds for moves between shards, too. Throws `MIG_FLEET_INVALID`.
 */
export function joinCompactions(
  parts: readonly Pick<FleetCompaction, 'gpusBefore' | 'gpus' | 'cost' | 'lowerBound'>[],
  whole?: Pick<FleetCompaction, 'lowerBound'>,
): JoinedCompaction {
  requireList(parts, ['parts'])
  const sum = (figure: (part: (typeof parts)[number]) => number): number =>
    parts.reduce((total, part) => total + figure(part), 0)
  const gpus = sum((part) => part.gpus)
  const cost = sum((part) => part.cost)
  const lowerBound = whole?.lowerBound ?? {
    gpus: sum((part) => part.lowerBound.gpus),
    cost: sum((part) => part.lowerBound.cost),
  }
  const isFewest = gpus === lowerBound.gpus
  return {
    gpusBefore: sum((part) => part.gpusBefore),
    gpus,
    cost,
    lowerBound,
    gap: isFewest ? gapOf(cost, lowerBound.cost) : gapOf(gpus, lowerBound.gpus),
  }
}
