import { cached } from '../../../model/cached.js'
import { kindsWithPlaces } from '../access-groups.js'
import { type GroupEviction, listEvictions, noLimits } from '../evictions.js'
import type { GroupedFleet, LayoutGroup } from '../grouped-fleet.js'
import type { MoveInstance } from '../move-gpu.js'
import type { CompactAim } from './compact-aim.js'
import type { HostClasses } from './host-classes.js'

/** What leaves a GPU of a clear group. In the first option, nothing does. */
export interface ClearOption {
  /** What the GPU becomes: position in `CompactProgram.hostClasses`. */
  readonly hostClass: number
  readonly kinds: readonly number[]
  readonly cost: number
  /** What such a GPU adds to the aim. */
  readonly ofAim: number
}

/** GPUs with the same options. */
export interface ClearGroup {
  readonly number: number
  readonly count: number
  readonly options: readonly ClearOption[]
  readonly sources: readonly ClearSource[]
}

export interface ClearSource {
  readonly layoutGroup: LayoutGroup
  /** By option: what leaves. */
  readonly instances: readonly (readonly MoveInstance[])[]
}

interface OpenGroup {
  readonly options: readonly ClearOption[]
  count: number
  readonly sources: ClearSource[]
}

export function listClearGroups(
  fleet: GroupedFleet,
  aim: CompactAim,
  hostClasses: HostClasses,
): readonly ClearGroup[] {
  const byKey = new Map<string, OpenGroup>()
  const able = kindsWithPlaces(fleet.accessGroups)
  const canGo = (kind: number): boolean => able.has(kind)
  for (const layoutGroup of fleet.layoutGroups) {
    const { classGroup, instances, members } = layoutGroup
    const nothing = { instances: [], classAfter: classGroup.classNumber, kinds: [], cost: 0 }
    const clears: readonly GroupEviction[] = [nothing, ...listBestClears(layoutGroup, canGo)]
    const options = clears.map(({ instances: going, classAfter, kinds, cost }): ClearOption => {
      const kept = instances.length - going.length
      return {
        hostClass: hostClasses.find(classGroup, classAfter, kept === 0).number,
        kinds,
        cost,
        ofAim: aim.ofKept(classGroup, kept),
      }
    })
    const key = options
      .map(({ hostClass, kinds, cost, ofAim }) => `${hostClass}:${kinds.join()}:${cost}:${ofAim}`)
      .join(';')
    const group = cached(byKey, key, (): OpenGroup => ({ options, count: 0, sources: [] }))
    group.count += members.length
    group.sources.push({ layoutGroup, instances: clears.map((clear) => clear.instances) })
  }
  return Array.from(byKey.values(), ({ options, count, sources }, number) => {
    return { number, options, count, sources }
  })
}

/** Evictions without those that another of the same kinds beats, in a fixed order. */
function listBestClears(
  layoutGroup: LayoutGroup,
  canGo: (kind: number) => boolean,
): readonly GroupEviction[] {
  const { includes } = layoutGroup.classGroup.accessGroup.residuals
  const beats = (one: GroupEviction, other: GroupEviction): boolean =>
    one.cost <= other.cost && includes(one.classAfter, other.classAfter)
  const byKinds = new Map<string, GroupEviction[]>()
  for (const eviction of listEvictions(layoutGroup, noLimits)) {
    if (!eviction.kinds.every(canGo)) continue
    const key = eviction.kinds.join()
    const others = byKinds.get(key) ?? []
    if (others.some((other) => beats(other, eviction))) continue
    byKinds.set(key, [...others.filter((other) => !beats(eviction, other)), eviction])
  }
  return [...byKinds.keys()]
    .sort()
    .flatMap((key) =>
      (byKinds.get(key) ?? []).sort((a, b) => a.classAfter - b.classAfter || a.cost - b.cost),
    )
}
