import type {
  FleetObjective,
  FleetPacking,
  FleetPlacement,
  FleetUnplaced,
  JoinedPacking,
  PackingShard,
} from '../../../types/fleet/pack.js'
import { requireList } from '../model/check-form.js'
import { invalid } from '../model/invalid.js'
import { memberName, readMemberName } from '../model/member-name.js'
import { gapOf } from '../model/objective.js'

/**
 * The packings of all shards of `splitPacking` as one of the whole problem. The bounds of shards add up to one for requests that stay
 * in their shards. `whole`: the answer for the whole problem, whose bound holds for all packings. Throws `MIG_FLEET_INVALID`.
 */
export function joinPackings(
  shards: readonly PackingShard[],
  packings: readonly Pick<
    FleetPacking,
    'objective' | 'lowerBound' | 'placements' | 'unplaced' | 'cleared'
  >[],
  whole?: Pick<FleetPacking, 'lowerBound'>,
): JoinedPacking {
  requireList(shards, ['shards'])
  requireList(packings, ['packings'])
  if (shards.length !== packings.length) throw invalid(['packings'], 'are not one for each shard')
  const objective = addUp(packings.map((packing) => packing.objective))
  const lowerBound = whole?.lowerBound ?? addUp(packings.map((packing) => packing.lowerBound))
  const placements: FleetPlacement[] = []
  const unplaced = new Map<number, number>()
  const cleared = packings.flatMap((packing) => packing.cleared ?? [])
  for (const [number, packing] of packings.entries()) {
    const { shares, problem } = shards[number] as PackingShard
    for (const placement of packing.placements) {
      const { entry, first } = shares[placement.entry] ?? { entry: 0, first: 0 }
      const isCounted = problem.requests[placement.entry]?.count !== undefined
      const request = isCounted ? shiftMember(placement.request, first) : placement.request
      placements.push({ ...placement, entry, request })
    }
    for (const { entry, count } of packing.unplaced) {
      const of = shares[entry]?.entry ?? 0
      unplaced.set(of, (unplaced.get(of) ?? 0) + count)
    }
  }
  return {
    objective,
    lowerBound,
    gap: gapOf(objective, lowerBound),
    // The shares of one entry are in the order of the shards.
    placements: placements.sort((a, b) => a.entry - b.entry),
    unplaced: Array.from(unplaced, ([entry, count]): FleetUnplaced => ({ entry, count })).sort(
      (a, b) => a.entry - b.entry,
    ),
    ...(cleared.length > 0 && { cleared }),
  }
}

function addUp(list: readonly FleetObjective[]): FleetObjective {
  const sumOf = (figure: keyof FleetObjective): number =>
    list.reduce((total, each) => total + each[figure], 0)
  return { unplacedValue: sumOf('unplacedValue'), gpus: sumOf('gpus'), cost: sumOf('cost') }
}

function shiftMember(name: string | null, by: number): string | null {
  const member = name === null ? null : readMemberName(name)
  return member === null ? name : memberName(member.id, member.number + by)
}
