import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import type { CompiledPlacement, Tables } from '../../solver/tables/tables.js'
import type { FleetModel } from '../model/fleet-model.js'
import { mayClear } from '../model/idle-instance.js'
import { invalid } from '../model/invalid.js'
import { type AccessGroup, createAccessGroupFinder } from './access-groups.js'
import type { GpuBatch } from './gpu-batches.js'
import { createGpuList, type GpuList, type GrowingGpuList } from './gpu-list.js'
import type { MoveInstance } from './move-gpu.js'
import type { MoveKind, MoveKinds } from './move-kinds.js'

/** GPUs of one access group and one residual class: without moves, they can take the same. */
export interface ClassGroup {
  readonly number: number
  readonly accessGroup: AccessGroup
  readonly classNumber: number
  readonly layoutGroups: LayoutGroup[]
}

/** GPUs of one class group that differ only in their names. */
export interface LayoutGroup {
  readonly number: number
  readonly classGroup: ClassGroup
  /** On the first GPU; the others hold the same kinds at the same costs. */
  readonly instances: readonly MoveInstance[]
  readonly members: GpuList
  /** What the group stands for, if it is idle instances and not GPUs. `members` are the GPUs that have them. */
  readonly slot?: IdleSlot
}

/** An idle instance of some GPUs, as a search sees it. */
export interface IdleSlot {
  readonly host: LayoutGroup
  readonly place: CompiledPlacement
}

/** A fleet as a search for moves sees it: GPUs counted in groups, not named. */
export interface GroupedFleet {
  readonly kinds: readonly MoveKind[]
  readonly accessGroups: readonly AccessGroup[]
  readonly classGroups: readonly ClassGroup[]
  readonly layoutGroups: readonly LayoutGroup[]
  /** Kind of the request; -1 without one. */
  readonly wanted: number
  /** Whether there are idle instances that may be taken or cleared. */
  readonly hasIdle: boolean
}

export interface GroupingRules {
  readonly kinds: MoveKinds
  readonly costOf: (instance: FleetInstance, tables: Tables) => number
  /** Which GPUs the wanted kind may enter. Null: its `access` decides alone. */
  readonly eligible: Parameters<typeof createAccessGroupFinder>[2]
  readonly wanted: number
  /** Option that gave the costs. */
  readonly costsPath: string
  /** Cordoned GPUs that everything has to leave. */
  readonly drained?: ReadonlySet<FleetGpu>
  /**
   * What idle instances are for. `fixed` (default): nothing takes them, and nothing clears them. `taken`: instances of their
   * profile may come there. `cleared`: those that are not pinned are free room.
   */
  readonly idle?: 'fixed' | 'taken' | 'cleared'
}

/** `batches` are a whole fleet, in the order of their first GPUs. */
export function groupFleet(batches: readonly GpuBatch[], rules: GroupingRules): GroupedFleet {
  const { kinds, costOf, eligible, wanted, drained = new Set(), idle = 'fixed' } = rules
  const isFree = (given: FleetInstance): boolean => idle === 'cleared' && mayClear(given)
  const instancesOf = batches.map(({ entry, instances }) => {
    const { tables } = entry.model
    return instances
      .filter(({ given }) => !isFree(given))
      .map(({ place, given }): MoveInstance => {
        const { kind, mayMove } = kinds.kindOf(entry, given, place.profilePosition)
        return { place, kind, cost: mayMove ? costOf(given, tables) : -1, given }
      })
  })
  limitCosts(batches, instancesOf, rules.costsPath)
  const accessGroups = createAccessGroupFinder(kinds.list, wanted, eligible, drained)
  const classGroups = new Map<number, ClassGroup>()
  const layoutGroups = new Map<string, LayoutGroup & { readonly members: GrowingGpuList }>()
  for (const [index, batch] of batches.entries()) {
    const instances = instancesOf[index] ?? []
    const accessGroup = accessGroups.of(batch.entry)
    const free = batch.instances.filter(({ given }) => isFree(given))
    const state = free.length === 0 ? batch.entry.state : stateWith(batch.entry.model, instances)
    const classNumber = accessGroup.residuals.classOf[state] ?? 0
    const classKey = accessGroup.number * 2 ** 20 + classNumber
    const classGroup = cached(
      classGroups,
      classKey,
      (): ClassGroup => ({ number: classGroups.size, accessGroup, classNumber, layoutGroups: [] }),
    )
    let key = `${classGroup.number}`
    for (const { place, kind, cost, given } of instances)
      key += `;${place.number}:${kind}:${cost}${given.idle === true ? ':idle' : ''}`
    for (const { place } of free) key += `;${place.number}`
    const layoutGroup = cached(layoutGroups, key, () => {
      const members = createGpuList(instances, isFree)
      const made = { number: layoutGroups.size, classGroup, instances, members }
      classGroup.layoutGroups.push(made)
      return made
    })
    layoutGroup.members.add(batch)
  }
  const hasIdle =
    idle !== 'fixed' &&
    batches.some(({ instances }) => instances.some(({ given }) => given.idle === true))
  return {
    kinds: kinds.list,
    accessGroups: accessGroups.list,
    classGroups: [...classGroups.values()],
    layoutGroups: [...layoutGroups.values()],
    wanted,
    hasIdle,
  }
}

function stateWith({ tables }: FleetModel, instances: readonly MoveInstance[]): number {
  return instances.reduce((at, { place }) => tables.states.nextOf(at)[place.number] ?? -1, 0)
}

/** The cost of a plan is a sum of these costs. Throws `MIG_FLEET_INVALID`. */
function limitCosts(
  batches: readonly GpuBatch[],
  instancesOf: readonly (readonly MoveInstance[])[],
  path: string,
): void {
  let sum = 0
  for (const [index, { length }] of batches.entries()) {
    for (const { cost } of instancesOf[index] ?? []) sum += length * Math.max(0, cost)
  }
  if (Number.isSafeInteger(sum)) return
  throw invalid([path], 'makes the cost of all moves larger than exact numbers are')
}
