import type {
  GpuRebalance,
  PlannedInstance,
  RebalancePlan,
} from '../../../../types/kubernetes/rebalance.js'
import { fault, requireSame } from '../../../fleet/model/answer-fault.js'
import { isPlainObject } from '../../../model/checks/find-fault.js'
import { wordAt } from '../../../model/numbers.js'
import { byPlacement } from '../../../model/placement.js'
import { type CompiledPlacement, placeOf, type Tables } from '../../../solver/tables/tables.js'
import { type ClusterModel, type ModelGpu, type ModelNode, wholeGpu } from '../cluster-model.js'
import { sizesOfProfiles } from '../profile-sizes.js'
import { requireLists } from './require-lists.js'

/** A GPU of a plan, before and after. */
export interface ReplayedGpu {
  readonly node: ModelNode
  readonly gpu: ModelGpu
  /** Whether the plan lists it among its changes. */
  readonly changes: boolean
  readonly isMigOn: boolean
  /** Positions in `items`. */
  readonly evicted: readonly number[]
  readonly destroyed: readonly number[]
  /** Its instances afterwards. */
  readonly state: number
  /** Devices of each size that are idle now and stay; made by the change; left by pods that move, where they stay. */
  readonly idle: readonly number[]
  readonly made: readonly number[]
  readonly left: readonly number[]
}

/** Each GPU after the changes of a plan, by the geometry alone. Throws `AnswerFault` for the first change that is not legal. */
export function replayChanges(
  cluster: ClusterModel,
  { changes, moves }: Pick<RebalancePlan, 'changes' | 'moves'>,
): readonly ReplayedGpu[] {
  const change = readChanges(cluster, changes)
  const moving = new Set(moves.map(({ pod }) => pod))
  return cluster.nodes.flatMap((node) =>
    node.gpus.map((gpu): ReplayedGpu => {
      const evicted = [...gpu.items.keys()].filter((item) => moving.has(gpu.items[item]?.pod ?? ''))
      const given = change.get(gpu)
      const { given: named } = gpu
      if (given !== undefined && (gpu.isFixed || gpu.isHeld))
        fault(`GPU ${named.id} may not change`)
      if (gpu.isFixed && evicted.length > 0) fault(`GPU ${named.id} may not change`)
      const replayed = replayGpu(cluster, node, gpu, evicted, given ?? null)
      if (cluster.problem.moveFrom === 'destroyed') requireDestroyed(replayed, given)
      return replayed
    }),
  )
}

function requireDestroyed({ gpu, evicted, destroyed }: ReplayedGpu, change?: GpuRebalance): void {
  for (const item of evicted) {
    const place = gpu.items[item]?.place
    const isBack = (change?.created ?? []).some(
      (instance) => placeAt(gpu.tables, instance, `GPU ${gpu.given.id}`) === place,
    )
    if (isBack || !destroyed.includes(item))
      fault(`a pod moves away from an instance that stays on GPU ${gpu.given.id}`)
  }
}

function readChanges(
  { nodes }: ClusterModel,
  changes: RebalancePlan['changes'],
): ReadonlyMap<ModelGpu, GpuRebalance> {
  const nodeOf = new Map(nodes.map((node) => [node.given.name, node]))
  const found = new Map<ModelGpu, GpuRebalance>()
  let last = -1
  for (const [index, { node: name, gpus }] of changes.entries()) {
    const path = `changes[${index}]`
    const node = nodeOf.get(name)
    if (node === undefined) fault(`${path}.node is none of the cluster`)
    if (node.number <= last) fault('changes is not in the order of nodes')
    last = node.number
    requireLists({ gpus }, ['gpus'], `${path}.`)
    if (gpus.length === 0) fault(`${path}.gpus is empty`)
    for (const change of gpus) {
      const gpu = node.gpus.find(({ given }) => given.id === change.gpu)
      if (gpu === undefined) fault(`${path} has a GPU that is none of the node`)
      if (found.has(gpu)) fault(`${path} has a GPU twice`)
      requireLists(change, ['destroyed', 'created'], `${path}.`)
      found.set(gpu, change)
    }
  }
  return found
}

function replayGpu(
  { sizes }: ClusterModel,
  node: ModelNode,
  gpu: ModelGpu,
  evicted: readonly number[],
  change: GpuRebalance | null,
): ReplayedGpu {
  const { tables, items, given } = gpu
  const named = `GPU ${given.id}`
  const mode = change?.mode ?? null
  if (mode !== null) {
    if ((given.modeChange ?? 'no') === 'no') fault(`${named} may not change its MIG mode`)
    if (mode !== (gpu.isMigOn ? 'off' : 'on'))
      fault(`${named} has a change of its MIG mode to none`)
  }
  const isMigOn = mode === null ? gpu.isMigOn : mode === 'on'
  const destroyed = (change?.destroyed ?? []).map((instance) => {
    const place = placeAt(tables, instance, named)
    const item = items.findIndex((each) => each.place === place)
    if (item < 0) fault(`${named} destroys an instance that is not there`)
    if (items[item]?.use !== 'idle' && !evicted.includes(item))
      fault(`${named} destroys an instance in use`)
    return item
  })
  if (new Set(destroyed).size < destroyed.length) fault(`${named} destroys an instance twice`)
  const kept = items.filter((_, item) => !destroyed.includes(item))
  const created = (change?.created ?? []).map((instance) => placeAt(tables, instance, named))
  if (!isMigOn && kept.length + created.length > 0) fault(`${named} has instances, but MIG is off`)
  let state = 0
  for (const place of [...kept.map((each) => each.place), ...created]) {
    state = wordAt(tables.states.nextOf(state), place.number)
    if (state < 0) fault(`${named} creates an instance where there is no room`)
  }
  if (change !== null) {
    if (mode === null && destroyed.length + created.length === 0)
      fault(`${named} is among the changes without one`)
    requireSame(change, {
      mode,
      destroyed: describeAll(
        tables,
        destroyed.flatMap((item) => items[item]?.place ?? []),
      ),
      created: describeAll(tables, created),
      layout: describeAll(tables, [...kept.map((each) => each.place), ...created]),
    })
  }
  const count = (list: readonly number[], whole = 0): readonly number[] =>
    sizes.map((name, size) =>
      name === wholeGpu ? whole : list.filter((each) => each === size).length,
    )
  const sizeOf = sizesOfProfiles(sizes, tables)
  const sizesWhere = (test: (item: number) => boolean): readonly number[] =>
    items.flatMap(({ size }, item) => (!destroyed.includes(item) && test(item) ? [size] : []))
  return {
    node,
    gpu,
    changes: change !== null,
    isMigOn,
    evicted,
    destroyed,
    state,
    idle: count(
      sizesWhere((item) => items[item]?.use === 'idle'),
      Number(!gpu.isMigOn && mode === null && !gpu.isHeld),
    ),
    made: count(
      created.map(({ profilePosition }) => sizeOf[profilePosition] ?? -1),
      Number(mode === 'off'),
    ),
    left: count(sizesWhere((item) => evicted.includes(item))),
  }
}

function placeAt(
  tables: Tables,
  { profileId, placement }: PlannedInstance,
  named: string,
): CompiledPlacement {
  const place = isPlainObject(placement) ? placeOf(tables, { profileId, placement }) : null
  return place ?? fault(`${named} has no such place as the plan names`)
}

function describeAll(
  { profiles }: Tables,
  places: readonly CompiledPlacement[],
): readonly PlannedInstance[] {
  return places
    .map(({ profilePosition, placement }) => {
      const profile = profiles[profilePosition]?.profile
      return {
        profileId: profile?.id ?? -1,
        size: profile?.name ?? '',
        placement: { start: placement.start, size: placement.size },
      }
    })
    .sort(byPlacement)
}
