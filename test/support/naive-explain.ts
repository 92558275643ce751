import { futuresOf } from './naive-futures.js'
import { countsOf, type NaiveGpu, naiveEngines, spotsOf, total } from './naive-gpu.js'

// What cannot be had and what is nearest, by trying everything. Counts are devices by profile;
// `pinned` is a set of spots as a bit mask.

/** Whether a layout has at least these devices beside the pinned ones, which count as some of them. */
export function canHave(gpu: NaiveGpu, counts: readonly number[], pinned: number): boolean {
  return futuresOf(gpu).canAdd(pinned, withoutPinned(gpu, counts, pinned))
}

/** Whether a layout has exactly these devices, the pinned ones among them. */
export function canBe(gpu: NaiveGpu, counts: readonly number[], pinned: number): boolean {
  const there = countsOf(gpu, pinned)
  return (
    there.every((count, index) => count <= (counts[index] ?? 0)) && canHave(gpu, counts, pinned)
  )
}

function withoutPinned(
  gpu: NaiveGpu,
  counts: readonly number[],
  pinned: number,
): readonly number[] {
  const there = countsOf(gpu, pinned)
  return counts.map((count, index) => Math.max(0, count - (there[index] ?? 0)))
}

/** The fewest devices and pinned instances of a request that cannot be had together. */
export function smallestConflict(gpu: NaiveGpu, counts: readonly number[], pinned: number): number {
  let smallest = Number.POSITIVE_INFINITY
  const parts = partsOf(counts)
  for (let staying = pinned; ; staying = (staying - 1) & pinned) {
    const size = spotsOf(gpu, staying).length
    for (const part of parts) {
      if (size + sum(part) < smallest && !canHave(gpu, part, staying)) smallest = size + sum(part)
    }
    if (staying === 0) return smallest
  }
}

/** The limits that devices and pinned instances run into, wherever they sit. */
export function limitsHit(gpu: NaiveGpu, counts: readonly number[], pinned: number): string[] {
  const there = countsOf(gpu, pinned)
  const all = withoutPinned(gpu, counts, pinned).map((count, index) => count + (there[index] ?? 0))
  const futures = futuresOf(gpu)
  const alone = gpu.profiles.map(() => 0)
  const limits = all.flatMap((count, profile) =>
    count > 0 && !futures.canAdd(0, alone.with(profile, count))
      ? [`profile-maximum of ${gpu.geometry.profiles[profile]?.id}: ${count}`]
      : [],
  )
  const slices = total(gpu, all, (profile) => profile.slices)
  if (slices > gpu.slices) limits.push(`compute-slices: ${slices} of ${gpu.slices}`)
  const units = total(gpu, all, (profile) => profile.units)
  if (units > gpu.units) limits.push(`memory-units: ${units} of ${gpu.units}`)
  for (const engine of naiveEngines) {
    const available = gpu.engines[engine]
    const needed = total(gpu, all, ({ engines }) => engines[engine])
    if (available !== null && needed > available)
      limits.push(`engines, ${engine}: ${needed} of ${available}`)
  }
  return limits
}

export interface NaiveNearest {
  readonly counts: readonly number[]
  /** Smaller is nearer, the first that differs decides. */
  readonly rank: readonly number[]
  readonly slicesLost: number
}

/** Every partition that fits and changes the fewest devices, none a part of another, the nearest first. */
export function allNearest(
  gpu: NaiveGpu,
  wanted: readonly number[],
  pinned: number,
): readonly NaiveNearest[] {
  const possible = futuresOf(gpu)
    .of(0)
    .filter((counts) => canBe(gpu, counts, pinned))
  const changes = (counts: readonly number[]): number =>
    Math.max(
      sum(wanted.map((count, index) => Math.max(0, count - (counts[index] ?? 0)))),
      sum(counts.map((count, index) => Math.max(0, count - (wanted[index] ?? 0)))),
    )
  const fewest = Math.min(...possible.map(changes))
  const nearest = possible.filter((counts) => changes(counts) === fewest)
  return nearest
    .filter((part) => !nearest.some((whole) => whole !== part && isPart(part, whole)))
    .map((counts) => {
      const slices = (list: readonly number[]) => total(gpu, list, (profile) => profile.slices)
      const units = (list: readonly number[]) => total(gpu, list, (profile) => profile.units)
      const slicesLost = Math.max(0, slices(wanted) - slices(counts))
      const rank = [
        slicesLost,
        Math.max(0, units(wanted) - units(counts)),
        Math.max(0, slices(counts) - slices(wanted)),
        Math.max(0, units(counts) - units(wanted)),
      ]
      return { counts, rank, slicesLost }
    })
    .sort((a, b) => compareRanks(a.rank, b.rank))
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const order = value - (b[index] ?? 0)
    if (order !== 0) return order
  }
  return 0
}

function isPart(part: readonly number[], whole: readonly number[]): boolean {
  return part.every((count, index) => count <= (whole[index] ?? 0))
}

/** Every part of a multiset, the empty one and the whole included. */
export function partsOf(counts: readonly number[]): readonly (readonly number[])[] {
  let parts: readonly (readonly number[])[] = [[]]
  for (const most of counts) {
    parts = parts.flatMap((part) =>
      Array.from({ length: most + 1 }, (_, count) => [...part, count]),
    )
  }
  return parts
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0)
}
