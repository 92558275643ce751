import type {
  MovablePod,
  RebalanceGpu,
  RebalanceNode,
  RebalancePod,
  RebalanceProblem,
} from '../../../types/kubernetes/rebalance.js'
import { isMigError } from '../../errors.js'
import { createFleetModels, modelOf } from '../../fleet/model/fleet-model.js'
import { invalid } from '../../fleet/model/invalid.js'
import { cached } from '../../model/cached.js'
import { groupBy } from '../../model/group-by.js'
import { normaliseProfileName } from '../../model/profile-names.js'
import {
  type CompiledPlacement,
  placeOf,
  stateOf,
  type Tables,
} from '../../solver/tables/tables.js'
import { checkProblem } from './check-problem.js'
import type { ClusterModel, Demand, FigureName, ModelGpu, ModelItem } from './cluster-model.js'
import { mayEnter } from './may-enter.js'
import { requireOneInstanceEach } from './movable-instances.js'
import { sizesOfProfiles } from './profile-sizes.js'

type Draft = Omit<Demand, 'number'> & {
  /** Whether a node may have them. */
  readonly mayEnter: (node: RebalanceNode) => boolean
}

/** Throws `MIG_FLEET_INVALID` for a problem that makes no sense. */
export function readCluster(problem: RebalanceProblem): ClusterModel {
  checkProblem(problem)
  const { nodes, pods, reserves = [], movable = [] } = problem
  const sizes = [
    ...new Set([
      ...[...pods, ...movable].flatMap(({ devices }) => Object.keys(devices)),
      ...reserves.map(({ size }) => size),
      ...Object.keys(problem.mix ?? {}),
    ]),
  ]
    .map(normaliseProfileName)
    .sort()
  const priorities = [...new Set(pods.map(({ priority = 0 }) => priority))].sort((a, b) => b - a)
  const figures: readonly FigureName[] = [
    ...priorities.map((priority) => ({ name: 'waiting' as const, priority })),
    { name: 'reserves' },
    { name: 'evictions' },
    { name: 'modeChanges' },
    { name: 'destroyed' },
    { name: 'nodes' },
    { name: 'lostRoom' },
  ]
  const budgets = Object.entries(problem.budgets ?? {}).map(([name, allowed]) => ({
    names: [name],
    allowed,
  }))
  const drafts: readonly Draft[] = [
    ...groupPods(pods, sizes, (pod) => priorities.indexOf(pod.priority ?? 0)),
    ...reserves.map(
      (reserve): Draft => ({
        figure: priorities.length,
        devices: sizes.map((size) => Number(size === normaliseProfileName(reserve.size))),
        pods: [],
        perNode: reserve.count,
        budgets: [],
        // A reserve is for pods to come, so what keeps pods away from a node does not count.
        mayEnter: (node) =>
          node.gpus.length > 0 && mayEnter({ ...node, taints: [], unschedulable: false }, reserve),
      }),
    ),
    ...groupPods(
      movable,
      sizes,
      () => -1,
      budgets.flatMap(({ names }) => names),
    ),
  ]
  const demandOf = new Map(
    drafts.flatMap((draft, number) =>
      draft.figure < 0 && draft.budgets.every((budget) => (budgets[budget]?.allowed ?? 0) > 0)
        ? draft.pods.map(({ id }) => [id, number] as const)
        : [],
    ),
  )
  const reader = createGpuReader(sizes, demandOf)
  const read = nodes.map((given, number) => ({
    number,
    given,
    gpus: given.gpus.map((gpu, index) =>
      reader(gpu, given.fixed !== undefined, ['nodes', number, 'gpus', index]),
    ),
    admits: drafts.map((draft) => draft.mayEnter(given)),
  }))
  requireOneInstanceEach(movable, read)
  return {
    problem,
    sizes,
    mix: sizes.map((size) => mixOf(problem, size)),
    nodes: read,
    demands: drafts.map(({ mayEnter: _mayEnter, ...demand }, number) => ({ number, ...demand })),
    figures,
    budgets,
  }
}

function groupPods(
  pods: readonly MovablePod[],
  sizes: readonly string[],
  figureOf: (pod: RebalancePod) => number,
  budgetNames: readonly string[] = [],
): readonly Draft[] {
  const groups = groupBy(
    pods,
    ({ devices, priority = 0, nodeSelector, nodeTerms, tolerations, budgets }) =>
      JSON.stringify([devices, priority, nodeSelector, nodeTerms, tolerations, budgets]),
  )
  return [...groups.values()].map((members): Draft => {
    const [first] = members as [MovablePod]
    const wanted = new Map<string, number>()
    for (const [size, count] of Object.entries(first.devices)) {
      const name = normaliseProfileName(size)
      wanted.set(name, (wanted.get(name) ?? 0) + count)
    }
    return {
      figure: figureOf(first),
      devices: sizes.map((size) => wanted.get(size) ?? 0),
      pods: members,
      perNode: 0,
      // A budget that is not listed allows nothing, as one that is used up.
      budgets: (first.budgets ?? []).map((name) => budgetNames.indexOf(name)),
      mayEnter: (node) => mayEnter(node, first),
    }
  })
}

function mixOf({ mix, pods }: RebalanceProblem, size: string): number {
  const entries =
    mix === undefined ? pods.flatMap(({ devices }) => Object.entries(devices)) : Object.entries(mix)
  return entries
    .filter(([name]) => normaliseProfileName(name) === size)
    .reduce((total, [, share]) => total + share, 0)
}

type GpuReader = (
  given: RebalanceGpu,
  isFixed: boolean,
  path: readonly (string | number)[],
) => ModelGpu

function createGpuReader(
  sizes: readonly string[],
  demandOf: ReadonlyMap<string, number>,
): GpuReader {
  const models = createFleetModels()
  const sizesOf = new Map<Tables, readonly number[]>()
  return (given, isFixed, path) => {
    const { tables } = modelOf(models, given, path)
    const { migEnabled: isMigOn = true, layout = [], heldBy } = given
    if (!isMigOn && layout.length > 0)
      throw invalid([...path, 'layout'], 'is not empty, but MIG is off')
    if (isMigOn && heldBy !== undefined)
      throw invalid([...path, 'heldBy'], 'is given, but MIG is on')
    const known = cached(sizesOf, tables, () => sizesOfProfiles(sizes, tables))
    const places = readPlaces(tables, layout, path)
    return {
      given,
      tables,
      isMigOn,
      isHeld: heldBy !== undefined,
      isFixed,
      items: layout.map(({ heldBy: pod = null, isDevice = true }, index): ModelItem => {
        const place = places[index] as CompiledPlacement
        const size = isDevice ? (known[place.profilePosition] ?? -1) : -1
        return { place, size, use: pod === null ? 'idle' : (demandOf.get(pod) ?? 'held'), pod }
      }),
    }
  }
}

function readPlaces(
  tables: Tables,
  layout: NonNullable<RebalanceGpu['layout']>,
  path: readonly (string | number)[],
): readonly CompiledPlacement[] {
  const instances = layout.map(({ profileId, placement }) => ({
    profileId,
    placement,
    computeInstances: [],
  }))
  try {
    stateOf(tables, instances)
  } catch (error) {
    if (!isMigError(error)) throw error
    throw invalid([...path, 'layout'], `is impossible: ${error.message}`)
  }
  return instances.map((instance) => placeOf(tables, instance) as CompiledPlacement)
}
