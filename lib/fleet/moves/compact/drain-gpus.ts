import type {
  DrainGpusOptions,
  FleetDrain,
  FleetInUse,
  FleetLeft,
} from '../../../../types/fleet/moves.js'
import type { Fleet, FleetGpuChoice } from '../../../../types/fleet/online.js'
import type { FleetGpu } from '../../../../types/fleet/pack.js'
import { copyPlain } from '../../../model/copy-plain.js'
import { requireObject } from '../../model/check-form.js'
import { wholeHeldState } from '../../model/fleet-model.js'
import { gpuName } from '../../model/member-name.js'
import { checkFleetOptions } from '../../model/option-rules.js'
import type { FleetGpuEntry } from '../../model/read-gpus.js'
import { createBudget } from '../../program/budget.js'
import { solverLoader } from '../../program/highs.js'
import { kindsWithPlaces } from '../access-groups.js'
import { describePlace } from '../describe-plan.js'
import { gapOf } from '../gap.js'
import { groupSnapshot } from '../group-snapshot.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import type { MoveInstance } from '../move-gpu.js'
import type { GpuChange } from '../name-moves.js'
import { planInTime, planMs } from '../plan-in-time.js'
import { fewestLeft } from './compact-aim.js'
import { solveCompact } from './compact-stages.js'
import { drainGreedily } from './move-greedily.js'

/**
 * Plans moves so that as much as possible leaves these GPUs, at the least cost, in the order in which to
 * carry them out. Other instances may have to move out of the way; nothing moves to these GPUs. Instances
 * with `spread`, `avoid` or `sameNode` stay where they are, and so do those with a label that these name.
 *
 * Throws `MIG_FLEET_INVALID` and `MIG_PROFILE_UNKNOWN` for input that makes no sense.
 */
export async function drainGpus(
  fleet: FleetInUse | Pick<Fleet, 'snapshot'>,
  which: FleetGpuChoice,
  given: DrainGpusOptions = {},
): Promise<FleetDrain> {
  requireObject(fleet, ['fleet'])
  const options = copyPlain(given)
  checkFleetOptions('drainGpus', options)
  const budget = createBudget(options)
  const { pinned, costs, solver } = options
  const { grouped, entries, drained } = groupSnapshot(
    'snapshot' in fleet ? fleet.snapshot() : fleet,
    {
      pinned,
      costs,
      costsPath: 'costs',
      request: null,
      drain: copyPlain(which),
    },
  )
  budget.keepBack(planMs(grouped))
  const found = await solveCompact(grouped, fewestLeft, budget, solverLoader(solver))
  const named = found.listChanges() ?? drainGreedily(grouped, budget)
  const plan = planInTime(grouped, named, budget)
  const changes = plan.moves.length === 0 ? [] : named
  const whole = listWhole(entries, drained)
  const left = [...listLeft(grouped, changes), ...whole]
    .sort((a, b) => a.position - b.position)
    .map(({ left }) => left)
  const fewest = found.fewest + whole.length
  const isFewest = left.length === fewest
  const cost = isFewest ? found.leastCost : 0
  const { proven } = found
  const provenCost = isFewest ? proven.leastCost : 0
  return {
    left,
    cost: plan.cost,
    lowerBound: { left: fewest, cost },
    gap: isFewest ? gapOf(plan.cost, cost) : gapOf(left.length, fewest),
    proof: found.proof,
    certificate: {
      version: 1,
      kind: 'drain',
      lowerBound: { left: proven.fewest + whole.length, cost: provenCost },
      left: proven.ofAim,
      cost: provenCost === 0 ? null : proven.ofCost,
    },
    plan,
    stopped: budget.stopped(),
  }
}

interface PlacedLeft {
  /** Position of the GPU in the fleet. */
  readonly position: number
  readonly left: FleetLeft
}

function listLeft(grouped: GroupedFleet, changes: readonly GpuChange[]): readonly PlacedLeft[] {
  const gone = new Set(changes.flatMap(({ evicted }) => evicted))
  const able = kindsWithPlaces(grouped.accessGroups)
  const reasonOf = ({ cost, kind, given }: MoveInstance): FleetLeft['reason'] => {
    if (given.idle === true) return 'idle'
    if (cost < 0) return 'pinned'
    return able.has(kind) ? 'no-room' : 'never'
  }
  return grouped.layoutGroups
    .filter(({ classGroup, instances }) => classGroup.accessGroup.isDrained && instances.length > 0)
    .flatMap(({ classGroup, members }) =>
      members.all().map((gpu) => ({ gpu, accessGroup: classGroup.accessGroup })),
    )
    .flatMap(({ gpu, accessGroup }) =>
      gpu.instances
        .filter((instance) => !gone.has(instance))
        .map((instance) => ({
          position: gpu.position,
          left: {
            request: instance.given.id ?? null,
            ...describePlace({ gpu, accessGroup, place: instance.place }),
            reason: reasonOf(instance),
          },
        })),
    )
}

/** What holds a whole GPU stays, because no move turns MIG off. */
function listWhole(
  entries: readonly FleetGpuEntry[],
  drained: ReadonlySet<FleetGpu>,
): readonly PlacedLeft[] {
  let position = 0
  return entries.flatMap(({ gpu, state, count }) => {
    const first = position
    position += count
    if (state !== wholeHeldState || !drained.has(gpu)) return []
    const whole = { profileId: null, placement: null, reason: 'whole-gpu' } as const
    return Array.from({ length: count }, (_, number) => ({
      position: first + number,
      left: { request: gpu.heldBy ?? null, gpu: gpuName(gpu, number), ...whole },
    }))
  })
}
