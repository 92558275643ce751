import { cached } from '../../model/cached.js'
import type { ResidualTable } from '../../solver/tables/tables.js'
import type { ClassGroup, GroupedFleet, LayoutGroup } from './grouped-fleet.js'
import type { MoveInstance } from './move-gpu.js'

/** Instances that can leave a GPU of a class group. Sets of the same kinds, cost and class after are one. */
export interface Eviction {
  readonly classGroup: ClassGroup
  /** The GPUs that have such instances. */
  readonly sources: readonly EvictionSource[]
  /** Class of the GPU afterwards. */
  readonly classAfter: number
  /** Kinds of the instances, ascending. */
  readonly kinds: readonly number[]
  readonly cost: number
}

export interface EvictionSource {
  readonly layoutGroup: LayoutGroup
  readonly instances: readonly MoveInstance[]
}

/** Class of a GPU that keeps only these instances. */
export function classWith(classGroup: ClassGroup, instances: readonly MoveInstance[]): number {
  const { model, residuals } = classGroup.accessGroup
  let state = 0
  for (const { place } of instances) {
    state = model.tables.states.nextOf(state)[place.number] ?? -1
    if (state < 0) throw new Error('a part of a legal layout is legal')
  }
  return residuals.classOf[state] ?? 0
}

export interface GroupEviction extends Pick<Eviction, 'classAfter' | 'kinds' | 'cost'> {
  readonly instances: readonly MoveInstance[]
}

interface OpenEviction extends Eviction {
  readonly sources: EvictionSource[]
}

export interface EvictionLimits {
  readonly mostCost: number
  readonly mostMoves: number
  /** Which classes of the GPU afterwards are of use. Default: all. */
  readonly isWanted?: (classGroup: ClassGroup, classAfter: number) => boolean
  /** Where it is true, some may be missing. Default: never. */
  readonly isTimeUp?: () => boolean
}

/** Layout groups between two looks at the clock. */
const betweenLooks = 64

export const noLimits: EvictionLimits = {
  mostCost: Number.POSITIVE_INFINITY,
  mostMoves: Number.POSITIVE_INFINITY,
}

/** Every set of instances within the limits that may leave one GPU of this layout group. */
export function listEvictions(
  { classGroup, instances }: LayoutGroup,
  { mostCost, mostMoves, isWanted }: EvictionLimits,
): readonly GroupEviction[] {
  const classAfter = readClasses(classGroup, instances)
  const movable: number[] = []
  for (const [index, { cost }] of instances.entries()) if (cost >= 0) movable.push(index)
  const sets = 2 ** movable.length
  // Bits, cost and size of each set follow from the set without its lowest member.
  const bits = new Int32Array(sets)
  const costs = new Float64Array(sets)
  const sizes = new Int32Array(sets)
  const found: GroupEviction[] = []
  for (let set = 1; set < sets; set += 1) {
    const rest = set & (set - 1)
    const index = movable[31 - Math.clz32(set ^ rest)] as number
    const cost = (costs[rest] as number) + (instances[index] as MoveInstance).cost
    const size = (sizes[rest] as number) + 1
    const going = (bits[rest] as number) | (1 << index)
    costs[set] = cost
    sizes[set] = size
    bits[set] = going
    if (size > mostMoves || cost > mostCost) continue
    let after = classAfter[going] as number
    if (after < 0) {
      after = classWith(
        classGroup,
        instances.filter((_item, at) => ((going >>> at) & 1) === 0),
      )
      classAfter[going] = after
    }
    if (isWanted !== undefined && !isWanted(classGroup, after)) continue
    const gone = instances.filter((_item, at) => ((going >>> at) & 1) === 1)
    found.push({
      instances: gone,
      classAfter: after,
      kinds: gone.map(({ kind }) => kind).sort((a, b) => a - b),
      cost,
    })
  }
  return found
}

const known = new WeakMap<ResidualTable, Map<string, Int32Array>>()

/** Class of the GPU without a set of its instances, by the set as bits; -1: not known yet. */
function readClasses(
  { accessGroup: { residuals } }: ClassGroup,
  instances: readonly MoveInstance[],
): Int32Array {
  let key = ''
  for (const { place } of instances) key += `${place.number},`
  const ofTable = cached(known, residuals, () => new Map<string, Int32Array>())
  return cached(ofTable, key, () => new Int32Array(2 ** instances.length).fill(-1))
}

/**
 * Evictions of the whole fleet, cheapest first. It leaves out those that give less than another of the same
 * kinds from the same class group for no more.
 */
export function collectEvictions(fleet: GroupedFleet, limits: EvictionLimits): readonly Eviction[] {
  const groups = new Map<string, Map<string, OpenEviction>>()
  const { isTimeUp = () => false } = limits
  for (const [index, layoutGroup] of fleet.layoutGroups.entries()) {
    if (index % betweenLooks === 0 && isTimeUp()) break
    const { classGroup } = layoutGroup
    for (const { instances, classAfter, kinds, cost } of listEvictions(layoutGroup, limits)) {
      const groupKey = `${classGroup.number}:${kinds.join()}`
      const group = cached(groups, groupKey, () => new Map<string, OpenEviction>())
      const { sources } = cached(group, `${classAfter}:${cost}`, () => {
        return { classGroup, sources: [], classAfter, kinds, cost }
      })
      if (sources.at(-1)?.layoutGroup !== layoutGroup) sources.push({ layoutGroup, instances })
    }
  }
  return [...groups.values()]
    .flatMap((group) => {
      const all = [...group.values()]
      return all.filter((one) => !all.some((other) => other !== one && isBetter(other, one)))
    })
    .sort((a, b) => a.cost - b.cost || a.kinds.length - b.kinds.length)
}

/** Whether it has every source of the other, and gives as much for no more. */
function isBetter(one: Eviction, other: Eviction): boolean {
  return (
    one.cost <= other.cost &&
    (one.cost < other.cost || one.classAfter !== other.classAfter) &&
    one.classGroup.accessGroup.residuals.includes(one.classAfter, other.classAfter) &&
    other.sources.every(({ layoutGroup }) =>
      one.sources.some((source) => source.layoutGroup === layoutGroup),
    )
  )
}
