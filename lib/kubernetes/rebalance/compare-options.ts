/** One way in which a GPU may change. The first one of a list changes nothing. */
export interface GpuOption {
  /** Idle devices afterwards, by position in `sizes`. */
  readonly supply: readonly number[]
  /** Positions in `items`. An instance may be both evicted and destroyed. */
  readonly evicted: readonly number[]
  readonly destroyed: readonly number[]
  /** Demands of the pods that move. */
  readonly moved: readonly number[]
  /** GPU instances that are created, by profile position; empty: none. */
  readonly created: readonly number[]
  readonly mode: 'on' | 'off' | null
  readonly modeCost: number
  /** What fits afterwards, weighted by the mix. */
  readonly room: number
  /** Whether the layout changes. */
  readonly changes: boolean
}

/** Options that no other beats, the cheapest first. */
export function keepBest(
  nothing: GpuOption,
  found: readonly GpuOption[],
  isExact: boolean,
): readonly GpuOption[] {
  const ordered = found.toSorted(compareOptions)
  const best: GpuOption[] = [nothing]
  for (const option of ordered)
    if (!best.some((other) => beats(other, option, isExact))) best.push(option)
  return best
}

/** By the figures that a GPU alone decides, in their order. */
export function compareOptions(a: GpuOption, b: GpuOption): number {
  return (
    a.evicted.length - b.evicted.length ||
    a.modeCost - b.modeCost ||
    a.destroyed.length - b.destroyed.length ||
    Number(a.changes) - Number(b.changes) ||
    b.room - a.room
  )
}

function beats(one: GpuOption, other: GpuOption, isExact: boolean): boolean {
  return (
    one.modeCost <= other.modeCost &&
    one.destroyed.length <= other.destroyed.length &&
    (!one.changes || other.changes) &&
    (!isExact || one.room >= other.room) &&
    isPart(one.moved, other.moved) &&
    one.supply.every((count, size) => count >= (other.supply[size] ?? 0))
  )
}

/** Whether a sorted list has nothing that another one lacks. */
function isPart(list: readonly number[], whole: readonly number[]): boolean {
  let at = 0
  for (const each of list) {
    while (at < whole.length && (whole[at] ?? 0) < each) at += 1
    if (whole[at] !== each) return false
    at += 1
  }
  return true
}
