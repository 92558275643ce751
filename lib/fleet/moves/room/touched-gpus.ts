import type { Eviction, EvictionSource } from '../evictions.js'
import type { ClassGroup, GroupedFleet, LayoutGroup } from '../grouped-fleet.js'

/** A GPU that something is placed on, perhaps after an eviction. */
export interface Touched {
  readonly classGroup: ClassGroup
  readonly classAfter: number
  readonly eviction: Eviction | null
  readonly source: EvictionSource | null
  /** Number of the partition that was placed on it so far. */
  partition: number
  readonly incoming: { readonly kind: number; readonly position: number }[]
}

/** The GPUs that a search has touched on its present path, counted so that no GPU is touched twice. */
export interface TouchedGpus {
  readonly list: readonly Touched[]
  readonly hasLeft: (classGroup: ClassGroup) => boolean
  /** Touches a GPU as it is. */
  readonly take: (classGroup: ClassGroup) => Touched
  /** Touches a GPU that the eviction clears. Null: none of them is left. */
  readonly clear: (eviction: Eviction) => Touched | null
  /** Gives the last one back. */
  readonly giveBack: () => void
  /** Equal for lists that can be completed in the same ways. */
  readonly key: () => string
}

export function createTouchedGpus({ classGroups }: GroupedFleet): TouchedGpus {
  const list: Touched[] = []
  const left = classGroups.map(({ layoutGroups }) =>
    layoutGroups.reduce((sum, { members }) => sum + members.length, 0),
  )
  const cleared = new Map<LayoutGroup, number>()

  const countLeft = ({ number }: ClassGroup, by: number): void => {
    left[number] = (left[number] ?? 0) + by
  }
  const countCleared = ({ layoutGroup }: EvictionSource, by: number): void => {
    cleared.set(layoutGroup, (cleared.get(layoutGroup) ?? 0) + by)
  }

  return {
    list,
    hasLeft: ({ number }) => (left[number] ?? 0) > 0,
    take: (classGroup) => {
      const classAfter = classGroup.classNumber
      countLeft(classGroup, -1)
      const touched: Touched = {
        classGroup,
        classAfter,
        eviction: null,
        source: null,
        partition: 0,
        incoming: [],
      }
      list.push(touched)
      return touched
    },
    clear: (eviction) => {
      const { classGroup, classAfter, sources } = eviction
      const source = sources.find(
        ({ layoutGroup }) => (cleared.get(layoutGroup) ?? 0) < layoutGroup.members.length,
      )
      if (source === undefined) return null
      countLeft(classGroup, -1)
      countCleared(source, 1)
      const touched: Touched = {
        classGroup,
        classAfter,
        eviction,
        source,
        partition: 0,
        incoming: [],
      }
      list.push(touched)
      return touched
    },
    giveBack: () => {
      const touched = list.pop()
      if (touched === undefined) return
      countLeft(touched.classGroup, 1)
      if (touched.source !== null) countCleared(touched.source, -1)
    },
    key: () => list.map(keyOf).sort().join(';'),
  }
}

function keyOf({ classGroup, classAfter, partition, eviction, source }: Touched): string {
  return eviction === null
    ? `${classGroup.number}.${partition}`
    : `${classGroup.number}.${classAfter}.${partition}.${source?.layoutGroup.number}.${eviction.cost}`
}
