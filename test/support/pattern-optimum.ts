import { countsOf, type NaiveGpu } from './naive-gpu.js'

/**
 * The fewest empty GPUs for every demand in a box, by dynamic programming over whole patterns: what one
 * GPU takes is any legal set of the catalog's places. Demands are numbered with the first profile as the
 * lowest digit.
 */
export function solveBox(
  gpu: NaiveGpu,
  profiles: readonly number[],
  sizes: readonly number[],
): { readonly fewest: Uint8Array; readonly demandAt: (index: number) => readonly number[] } {
  const unit: number[] = []
  let total = 1
  for (const size of sizes) {
    unit.push(total)
    total *= size
  }
  const demandAt = (index: number): readonly number[] =>
    sizes.map((size, axis) => Math.floor(index / (unit[axis] ?? 1)) % size)
  const patterns = listLargest(gpu, profiles)
  const fewest = new Uint8Array(total)
  const demand = sizes.map(() => 0)
  for (let index = 1; index < total; index += 1) {
    for (let axis = 0; ; axis += 1) {
      const next = (demand[axis] ?? 0) + 1
      demand[axis] = next === sizes[axis] ? 0 : next
      if (demand[axis] !== 0) break
    }
    let best = 255
    for (const pattern of patterns) {
      let rest = index
      for (let axis = 0; axis < pattern.length; axis += 1) {
        const count = demand[axis] as number
        const taken = pattern[axis] as number
        rest -= (taken < count ? taken : count) * (unit[axis] as number)
      }
      if (rest !== index && (fewest[rest] as number) < best) best = fewest[rest] as number
    }
    fewest[index] = best + 1
  }
  return { fewest, demandAt }
}

function listLargest(gpu: NaiveGpu, profiles: readonly number[]): readonly (readonly number[])[] {
  const all = new Map<string, readonly number[]>()
  for (const set of gpu.sets) {
    const counts = countsOf(gpu, set)
    if (counts.some((count, profile) => count > 0 && !profiles.includes(profile))) continue
    const pattern = profiles.map((profile) => counts[profile] ?? 0)
    all.set(pattern.join(), pattern)
  }
  const list = [...all.values()]
  return list.filter(
    (one) =>
      !list.some(
        (other) => other !== one && other.every((count, axis) => count >= (one[axis] ?? 0)),
      ),
  )
}
