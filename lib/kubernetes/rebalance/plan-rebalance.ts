import type {
  RebalanceOptions,
  RebalancePlan,
  RebalanceProblem,
} from '../../../types/kubernetes/rebalance.js'
import { createBudget } from '../../fleet/program/budget.js'
import { solverLoader } from '../../fleet/program/highs.js'
import { copyPlain } from '../../model/copy-plain.js'
import { deepFreeze } from '../../model/freeze.js'
import { type Cell, divideIntoCells } from './cells.js'
import { checkRebalanceOptions } from './check-problem.js'
import type { ClusterModel } from './cluster-model.js'
import { compareValues, type DraftPlan } from './draft-plan.js'
import { createOptionLister } from './gpu-options.js'
import { mergeMovable } from './merge-movable.js'
import { namePlan } from './name-plan.js'
import { readCluster } from './read-cluster.js'
import { type Search, solvePlan } from './solve-plan.js'

/** With at most so many nodes and options, each node counts on its own. */
const mostNodes = 12
const mostOptions = 4000

/**
 * The least change of a cluster's layouts that lets the most pending pods start. Pure: it changes nothing, and an instance with a pod
 * stays unless `movable` has the pod. Applied and asked again, the answer is no change.
 *
 * Rejects with `MIG_FLEET_INVALID` for a problem that makes no sense, and with the reason of an aborted signal.
 */
export async function planRebalance(
  given: RebalanceProblem,
  options: RebalanceOptions = {},
): Promise<RebalancePlan> {
  checkRebalanceOptions(options)
  const { deadlineMs = 5000, maxNodes = Number.MAX_SAFE_INTEGER, solver, signal } = options
  const budget = createBudget({ deadlineMs, ...(signal === undefined ? {} : { signal }) })
  const read = readCluster(copyPlain(given))
  const { cluster, lister, cells, isFine } = divide(read)
  const loadSolver = solverLoader(solver)
  const search = { cluster, lister, isFine, maxNodes, budget, loadSolver }
  const found = await solvePlan({ ...search, cells, isStill: false })
  const solved = { ...found, draft: await preferStill(search, cells, found.draft) }
  return deepFreeze(
    namePlan(cluster, lister, cells, solved, budget.stopped() === null ? null : 'deadline'),
  )
}

type Divided = Pick<Search, 'cluster' | 'lister' | 'cells' | 'isFine'>

function divide(cluster: ClusterModel): Divided {
  if (cluster.nodes.length <= mostNodes) {
    const lister = createOptionLister(cluster, true)
    const cells = divideIntoCells(cluster, lister, true)
    const effects = cells.flatMap(({ classes }) => classes.flatMap((each) => each.effects))
    if (effects.length <= mostOptions) return { cluster, lister, cells, isFine: true }
  }
  const merged = mergeMovable(cluster)
  const lister = createOptionLister(merged, false)
  const cells = divideIntoCells(merged, lister, false)
  return { cluster: merged, lister, cells, isFine: false }
}

/** The layouts as they are, where these let in as many: so a plan that is applied is followed by none. */
async function preferStill(
  search: Omit<Search, 'cells' | 'isStill'>,
  cells: readonly Cell[],
  draft: DraftPlan,
): Promise<DraftPlan> {
  if (draft.chosen.size === 0) return draft
  const stillCells = cells.map((cell) => ({
    ...cell,
    classes: [],
  }))
  const { draft: still } = await solvePlan({ ...search, cells: stillCells, isStill: true })
  const demanded = search.cluster.figures.findIndex(({ name }) => name === 'evictions')
  const isAsGood = compareValues(still.values.slice(0, demanded), draft.values) <= 0
  return isAsGood && compareValues(still.values, draft.values) !== 0 ? still : draft
}
