import type {
  CompactFleetOptions,
  FleetCompaction,
  FleetInUse,
} from '../../../../types/fleet/moves.js'
import type { Fleet } from '../../../../types/fleet/online.js'
import { copyPlain } from '../../../model/copy-plain.js'
import { requireObject } from '../../model/check-form.js'
import { checkFleetOptions } from '../../model/option-rules.js'
import { insideOf } from '../../online/fleet-inside.js'
import { createBudget, type WorkBudget } from '../../program/budget.js'
import { solverLoader } from '../../program/highs.js'
import { gapOf } from '../gap.js'
import { groupOnline } from '../group-online.js'
import { groupSnapshot } from '../group-snapshot.js'
import type { GroupedFleet } from '../grouped-fleet.js'
import { planInTime, planMs } from '../plan-in-time.js'
import type { GroupOptions } from '../read-in-use.js'
import { fewestGpus } from './compact-aim.js'
import { type CompactSolution, solveCompact } from './compact-stages.js'
import { emptyGreedily } from './move-greedily.js'

/**
 * Plans moves to the fewest GPUs in use, at the least cost, in the order in which to carry them out.
 * Instances with `spread`, `avoid` or `sameNode` stay where they are, and so do those with a label that
 * these name.
 *
 * Throws `MIG_FLEET_INVALID` and `MIG_PROFILE_UNKNOWN` for input that makes no sense.
 */
export async function compactFleet(
  fleet: FleetInUse | Pick<Fleet, 'snapshot'>,
  given: CompactFleetOptions = {},
): Promise<FleetCompaction> {
  requireObject(fleet, ['fleet'])
  const options = copyPlain(given)
  checkFleetOptions('compactFleet', options)
  const budget = createBudget(options)
  const { pinned, costs, solver, names = true } = options
  const { grouped, whole } = readFleet(fleet, { pinned, costs, costsPath: 'costs', request: null })
  if (names) {
    // A running fleet may change before its names are read.
    for (const { members } of grouped.layoutGroups) members.keep()
    budget.keepBack(planMs(grouped))
  }
  const found = await solveCompact(grouped, fewestGpus, budget, solverLoader(solver))
  const inUse = grouped.layoutGroups.reduce(
    (sum, { instances, members }) => sum + (instances.length > 0 ? members.length : 0),
    0,
  )
  const name = (): Named => nameEnd(grouped, found, inUse, budget)
  const isCounted = !names || (found.isSettled && options.deadlineMs === undefined)
  const named = isCounted ? null : name()
  const { gpus, cost: reached } = named ?? countEnd(found, inUse)
  const isFewest = gpus === found.fewest
  const cost = isFewest ? found.leastCost : 0
  const { proven } = found
  const provenCost = isFewest ? proven.leastCost : 0
  const answer: FleetCompaction = {
    gpusBefore: inUse + whole,
    gpus: gpus + whole,
    cost: reached,
    lowerBound: { gpus: found.fewest + whole, cost },
    gap: isFewest ? gapOf(reached, cost) : gapOf(gpus + whole, found.fewest + whole),
    proof: found.proof,
    certificate: {
      version: 1,
      kind: 'compaction',
      lowerBound: { gpus: proven.fewest + whole, cost: provenCost },
      gpus: proven.ofAim,
      cost: provenCost === 0 ? null : proven.ofCost,
    },
    freed: named?.freed ?? [],
    plan: named?.plan ?? { ...nothing, cost: reached },
    stopped: budget.stopped(),
  }
  return names && isCounted ? nameWhenRead(answer, name) : answer
}

/** Names the GPUs and moves of an answer when they are read first, because a million of them take seconds and gigabytes. */
function nameWhenRead(answer: FleetCompaction, name: () => Named): FleetCompaction {
  const how = { enumerable: true, configurable: true }
  const settle = (): Named => {
    const named = name()
    Object.defineProperties(answer, {
      freed: { value: named.freed, writable: true, ...how },
      plan: { value: named.plan, writable: true, ...how },
    })
    return named
  }
  return Object.defineProperties(answer, {
    freed: { get: () => settle().freed, ...how },
    plan: { get: () => settle().plan, ...how },
  })
}

interface FleetToCompact {
  readonly grouped: GroupedFleet
  /** GPUs with MIG off that are held. */
  readonly whole: number
}

/** A running fleet has its GPUs counted by layout already. */
function readFleet(
  fleet: FleetInUse | Pick<Fleet, 'snapshot'>,
  options: GroupOptions,
): FleetToCompact {
  const inside = insideOf(fleet)
  const grouped = inside === undefined ? null : groupOnline(inside, options)
  if (inside === undefined || grouped === null) {
    const listed = groupSnapshot('snapshot' in fleet ? fleet.snapshot() : fleet, options)
    const whole = listed.entries.reduce(
      (sum, { inUse, state, count }) => sum + (inUse && state < 0 ? count : 0),
      0,
    )
    return { grouped: listed.grouped, whole }
  }
  const whole = inside.state.pools
    .filter(({ capacity }) => capacity.kind === 'whole')
    .flatMap(({ gpus }) => gpus)
    .filter((gpu) => gpu !== undefined && gpu.held.length > 0).length
  return { grouped, whole }
}

type Counted = Pick<FleetCompaction, 'gpus' | 'cost'>
type Named = Counted & Pick<FleetCompaction, 'plan' | 'freed'>

/** The plan of a solution, or of a simple rule where none was found. */
function nameEnd(
  grouped: GroupedFleet,
  found: CompactSolution,
  inUse: number,
  budget: WorkBudget,
): Named {
  const changes = found.listChanges() ?? emptyGreedily(grouped, found.fewest, budget)
  const plan = planInTime(grouped, changes, budget)
  // A GPU that served as a detour is empty before and after.
  const filled = plan.gpus.filter(({ before, after }) => before.length === 0 && after.length > 0)
  const freed = plan.gpus
    .filter(({ before, after }) => before.length > 0 && after.length === 0)
    .map(({ gpu }) => gpu)
  return { gpus: inUse - freed.length + filled.length, cost: plan.cost, plan, freed }
}

/** The figures of a solution. Where none was found, the fleet stays as it is. */
function countEnd({ reached }: CompactSolution, inUse: number): Counted {
  return { gpus: reached?.aim ?? inUse, cost: reached?.cost ?? 0 }
}

const nothing = { gpus: [], moves: [], steps: [], detours: 0, stops: 0 }
