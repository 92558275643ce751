import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import type { Tables } from '../../solver/tables/tables.js'
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
}

/** A fleet as a search for moves sees it: GPUs counted in groups, not named. */
export interface GroupedFleet {
  readonly kinds: readonly MoveKind[]
  readonly accessGroups: readonly AccessGroup[]
  readonly classGroups: readonly ClassGroup[]
  readonly layoutGroups: readonly LayoutGroup[]
  /** Kind of the request; -1 without one. */
  readonly wanted: number
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
}

/** `batches` are a whole fleet, in the order of their first GPUs. */
export function groupFleet(batches: readonly GpuBatch[], rules: GroupingRules): GroupedFleet {
  const { kinds, costOf, eligible, wanted, drained = new Set() } = rules
  const instancesOf = batches.map(({ entry, instances }) => {
    const { tables } = entry.model
    return instances.map(({ place, given }): MoveInstance => {
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
    const classNumber = accessGroup.residuals.classOf[batch.entry.state] ?? 0
    const classKey = accessGroup.number * 2 ** 20 + classNumber
    const classGroup = cached(
      classGroups,
      classKey,
      (): ClassGroup => ({ number: classGroups.size, accessGroup, classNumber, layoutGroups: [] }),
    )
    let key = `${classGroup.number}`
    for (const { place, kind, cost } of instances) key += `;${place.number}:${kind}:${cost}`
    const layoutGroup = cached(layoutGroups, key, () => {
      const members = createGpuList(instances)
      const made = { number: layoutGroups.size, classGroup, instances, members }
      classGroup.layoutGroups.push(made)
      return made
    })
    layoutGroup.members.add(batch)
  }
  return {
    kinds: kinds.list,
    accessGroups: accessGroups.list,
    classGroups: [...classGroups.values()],
    layoutGroups: [...layoutGroups.values()],
    wanted,
  }
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
