import type {
  Layout,
  PlacedComputeInstance,
  PlacedGpuInstance,
} from '../../../types/solver/layout.js'
import type { RepartitionProblem, RepartitionResult } from '../../../types/solver/repartition.js'
import { copyPlainBut } from '../../model/copy-plain.js'
import { deepFreeze } from '../../model/freeze.js'
import { at } from '../../model/numbers.js'
import { byPlacement } from '../../model/placement.js'
import { explainRefusal } from '../explain/explain-refusal.js'
import { explainPinned, explainUnknown } from '../explain/reasons.js'
import { checkCurrent, matchCurrentInstances, weights } from '../layout/current-instances.js'
import { collectDemands, normalizePartition } from '../layout/demand.js'
import { markInstances } from '../layout/mark-instances.js'
import { buildInstances } from '../repartition/build-instances.js'
import { type CostTable, compileCosts } from '../repartition/change-costs.js'
import { findDifference } from '../repartition/difference.js'
import { listSteps } from '../repartition/repartition-steps.js'
import { searchLayout } from '../repartition/search-layout.js'
import { checkLayoutShape, checkProblemShape } from '../tables/check-input.js'
import { compileGeometry, type Tables } from '../tables/tables.js'
import { orderLive } from './live-order.js'

/**
 * Finds the best layout of one GPU with exactly the wanted devices and the steps to it, or proves that
 * there is none and explains why. Exact and deterministic: the same problem has the same answer on every
 * platform.
 *
 * Throws `MIG_GEOMETRY_UNKNOWN` for a geometry that no driver reports, and `MIG_SOLVER_LIMIT` for a GPU
 * too large to search. Throws `MIG_SOLVER_INPUT` for a current layout that overlaps itself, instances
 * that are not in it, and counts and costs that are not whole numbers from 0.
 */
export function repartition(given: RepartitionProblem): RepartitionResult {
  checkProblemShape(given)
  const problem = copyPlainBut(given, 'gpu')
  const { gpu, wanted } = problem
  const tables = compileGeometry(gpu)
  const there = problem.current ?? []
  checkLayoutShape(there)
  const current = markInstances(
    markInstances(there, problem.pinned, 'pinned'),
    problem.busy,
    'busy',
  )
  checkCurrent(current)
  const costs = compileCosts(tables, problem.costs)
  const partition = normalizePartition(wanted)
  const matched = matchCurrentInstances(tables, current)
  if (explainUnknown(tables, partition) !== null) {
    return explainRefusal(tables, partition, matched)
  }
  const demands = collectDemands(tables, partition)
  const found =
    explainPinned(demands, matched) === null
      ? searchLayout(tables, demands, matched.instances, costs)
      : null
  if (found === null) return explainRefusal(tables, partition, matched)
  const unknown = current.filter(
    (instance) => !matched.instances.some((each) => each.instance === instance),
  )
  if (problem.live === true) {
    const live = orderLive(tables, current, { instances: matched.instances, found, costs })
    const cost = live.cost + costOfGoing(tables, unknown, costs)
    return deepFreeze({ kind: 'repartition', ...live, cost })
  }
  const unwanted = matched.instances
    .filter(({ profile }) => !found.tasks.some((task) => task.profile === profile))
    .map(({ instance }) => instance)
  const layout = found.options
    .flatMap((option, index) => {
      return buildInstances(option, at(found.tasks, index))
    })
    .sort(byPlacement)
  return deepFreeze({
    kind: 'repartition',
    layout,
    steps: listSteps(tables, current, layout),
    keptComputeInstances: Math.floor((found.score % weights.busy) / weights.computeInstance),
    keptGpuInstances: found.score % weights.computeInstance,
    lostBusy: listLostBusy(current, layout),
    cost: found.cost + costOfGoing(tables, [...unknown, ...unwanted], costs),
    live: null,
  })
}

function costOfGoing(tables: Tables, going: Layout, costs: CostTable | null): number {
  if (costs === null) return going.length
  return going.reduce(
    (sum, { profileId, placement }) =>
      sum + costs.destroy(tables.profileById.get(profileId) ?? null, placement),
    0,
  )
}

/** What is busy in a layout and not in the target: whole GPU instances, or compute instances of them. */
function listLostBusy(current: Layout, target: Layout): Layout {
  if (!current.some(isBusy)) return []
  const { kept, surplus } = findDifference<
    PlacedGpuInstance,
    PlacedGpuInstance,
    PlacedComputeInstance,
    PlacedComputeInstance
  >(current, target, () => true)
  return [
    ...surplus.filter(isBusy),
    ...kept.flatMap(({ instance, surplus: parts }) => {
      const lost = parts.filter((part) => instance.busy === true || part.busy === true)
      return lost.length === 0 ? [] : [{ ...instance, computeInstances: lost }]
    }),
  ]
    .map((instance) => structuredClone(instance))
    .sort((a, b) => a.placement.start - b.placement.start)
}

function isBusy({ busy, computeInstances }: PlacedGpuInstance): boolean {
  return busy === true || computeInstances.some((part) => part.busy === true)
}
