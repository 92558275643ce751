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
import { type FleetGpuEntry, wholeHeldState } from '../../model/fleet-model.js'
import { gpuName } from '../../model/member-name.js'
import { createBudget } from '../../program/budget.js'
import { solverLoader } from '../../program/highs.js'
import { hasPlaces } from '../access-groups.js'
import { describePlace } from '../describe-plan.js'
import { viewFleet } from '../group-snapshot.js'
import type { MoveView } from '../grouped-fleet.js'
import type { MoveItem } from '../move-gpu.js'
import { type GpuChange, nameMoves } from '../name-moves.js'
import { orderMoves } from '../order-moves.js'
import { fewestLeft } from './compact-aim.js'
import { solveCompact } from './compact-stages.js'
import { drainGreedily } from './drain-greedy.js'

/**
 * As much as can leaves these GPUs, at the least cost of moves, others out of the way included, and the
 * order of the steps. Nothing moves to them. What stands under `spread`, `avoid` or `sameNode` stays where
 * it is, and so does what they name.
 *
 * Throws `MIG_FLEET_INVALID` and `MIG_PROFILE_UNKNOWN` for what makes no sense.
 */
export async function drainGpus(
  fleet: FleetInUse | Pick<Fleet, 'snapshot'>,
  which: FleetGpuChoice,
  given: DrainGpusOptions = {},
): Promise<FleetDrain> {
  requireObject(fleet, ['fleet'])
  requireObject(given, ['options'])
  const options = copyPlain(given)
  const { pinned, costs, solver } = options
  const { view, entries, drained } = viewFleet('snapshot' in fleet ? fleet.snapshot() : fleet, {
    pinned,
    costs,
    costsPath: 'costs',
    request: null,
    drain: copyPlain(which),
  })
  const budget = createBudget(options)
  const found = await solveCompact(view, fewestLeft, budget, solverLoader(solver))
  const changes = found.changes ?? drainGreedily(view, budget)
  const plan = orderMoves(view, nameMoves(changes, -1), null)
  const whole = listWhole(entries, drained)
  const left = [...listLeft(view, changes), ...whole]
    .sort((a, b) => a.position - b.position)
    .map(({ left }) => left)
  const fewest = found.fewest + whole.length
  const isFewest = left.length === fewest
  const cost = isFewest ? found.leastCost : 0
  const [seen, proven] = isFewest ? [plan.cost, cost] : [left.length, fewest]
  return {
    left,
    cost: plan.cost,
    lowerBound: { left: fewest, cost },
    gap: seen === proven ? 0 : (seen - proven) / seen,
    proof: found.proof,
    plan,
    stopped: budget.stopped(),
  }
}

interface PlacedLeft {
  /** Of the GPU, in the order of the fleet. */
  readonly position: number
  readonly left: FleetLeft
}

function listLeft(view: MoveView, changes: readonly GpuChange[]): readonly PlacedLeft[] {
  const gone = new Set(changes.flatMap(({ evicted }) => evicted))
  const reasonOf = ({ cost, kind }: MoveItem): FleetLeft['reason'] => {
    if (cost < 0) return 'pinned'
    return hasPlaces(view.sites, kind) ? 'no-room' : 'never'
  }
  return view.types
    .filter(({ cell, items }) => cell.site.isDrained && items.length > 0)
    .flatMap(({ cell, members }) => members.all().map((gpu) => ({ gpu, site: cell.site })))
    .flatMap(({ gpu, site }) =>
      gpu.items
        .filter((item) => !gone.has(item))
        .map((item) => ({
          position: gpu.position,
          left: {
            request: item.instance.id ?? null,
            ...describePlace({ gpu, site, place: item.place }),
            reason: reasonOf(item),
          },
        })),
    )
}

/** Nothing that moves turns MIG off. */
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
