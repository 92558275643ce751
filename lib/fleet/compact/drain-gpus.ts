import type {
  DrainGpusOptions,
  FleetDrain,
  FleetInUse,
  FleetLeft,
} from '../../../types/fleet-moves.js'
import type { Fleet, FleetGpuChoice } from '../../../types/fleet-online.js'
import { requireObject } from '../model/check-form.js'
import { type FleetGpuEntry, wholeHeldState } from '../model/fleet-model.js'
import { describePlace } from '../moves/describe-plan.js'
import type { MoveItem } from '../moves/move-gpu.js'
import type { MoveView } from '../moves/move-view.js'
import { type GpuChange, nameMoves } from '../moves/name-moves.js'
import { orderMoves } from '../moves/order-moves.js'
import { viewFleet } from '../moves/view-fleet.js'
import { createBudget } from '../program/budget.js'
import { loadHighs } from '../program/highs.js'
import { fewestLeft } from './compact-aim.js'
import { solveCompact } from './compact-stages.js'
import { cordonChosen } from './cordon-chosen.js'
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
  options: DrainGpusOptions = {},
): Promise<FleetDrain> {
  requireObject(fleet, ['fleet'])
  requireObject(options, ['options'])
  const { pinned, costs, solver = 'auto' } = options
  const inUse = 'snapshot' in fleet ? fleet.snapshot() : fleet
  const { gpus, chosen } = cordonChosen(inUse.gpus, which)
  const { view, entries } = viewFleet(
    { ...inUse, gpus },
    { pinned, costs, costsPath: 'costs', request: null, drained: chosen },
  )
  const budget = createBudget(options)
  const found = await solveCompact(view, fewestLeft, budget, () =>
    solver === 'own' ? Promise.resolve(null) : loadHighs(),
  )
  const changes = found.changes ?? drainGreedily(view, budget)
  const plan = orderMoves(view, nameMoves(changes, -1), null)
  const whole = entries.filter(({ gpu, state }) => chosen.has(gpu) && state === wholeHeldState)
  const left = [...listLeft(view, changes), ...whole.map(describeWhole)]
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
  readonly position: number
  readonly left: FleetLeft
}

function listLeft(view: MoveView, changes: readonly GpuChange[]): readonly PlacedLeft[] {
  const gone = new Set(changes.flatMap(({ evicted }) => evicted))
  const reasonOf = ({ cost, kind }: MoveItem): FleetLeft['reason'] => {
    if (cost < 0) return 'pinned'
    return view.sites.some(({ positionsOf }) => (positionsOf[kind] ?? []).length > 0)
      ? 'no-room'
      : 'never'
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
function describeWhole({ gpu, position }: FleetGpuEntry): PlacedLeft {
  const { id, heldBy = null } = gpu
  return {
    position,
    left: { request: heldBy, gpu: id, profileId: null, placement: null, reason: 'whole-gpu' },
  }
}
