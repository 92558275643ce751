import type { GpuLoads, LoadedGpu, LoadItem } from './gpu-loads.js'
import type { LeftOut } from './left-out.js'

/** How long a walk goes on, and on which GPUs. */
export interface WalkRules {
  readonly isOpen: (gpu: LoadedGpu) => boolean
  /** The walk ends where what is left out is worth at most this. */
  readonly target: number
  readonly mostMoves: number
  /** The walk ends where this many moves in a row have found nothing better. */
  readonly mostIdle: number
  readonly spend: (amount: number) => boolean
}

/** Moves between two questions to the budget. A move takes about a microsecond. */
const between = 256
/** One step of so many for each request may leave out one more, because walks that never do end in a corner. */
const stepsEach = 80
/** The most GPUs of a pool that are tried for one request. */
const mostTries = 8

/**
 * Walks over packings that leave out equally much, until one of them leaves out less. A request without a place
 * takes one that suits it, and those that had it look for free room. A step that would leave out more is undone, but for a few.
 *
 * Returns whether the target was met. The packing is then, as always, the best that the walk has seen.
 */
export function walkLoads(
  loads: GpuLoads,
  leftOut: LeftOut,
  { isOpen, target, mostMoves, mostIdle, spend }: WalkRules,
): boolean {
  const { demands, profilesOf, poolProfiles, gpusOfPool } = loads
  let seed = 1
  const below = (limit: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) | 0
    return Math.floor(((seed >>> 0) / 2 ** 32) * limit)
  }
  const out: LoadItem[] = []
  const homeless: number[] = []

  const findRoom = (demand: number): boolean => {
    const options = profilesOf[demand] ?? []
    const firstOption = below(options.length)
    for (let index = 0; index < options.length; index += 1) {
      const option = (firstOption + index) % options.length
      const { pool = 0, position = 0 } = poolProfiles[options[option] as number] ?? {}
      const gpus = gpusOfPool[pool] ?? []
      const first = below(gpus.length)
      const tries = Math.min(gpus.length, mostTries)
      for (let tried = 0; tried < tries; tried += 1) {
        const gpu = gpus[(first + tried) % gpus.length] as LoadedGpu
        const { more, width } = gpu.steps
        if ((more[gpu.partition * width + position] as number) < 0 || !isOpen(gpu)) continue
        if (loads.place(gpu, demand, option)) return true
      }
    }
    return false
  }

  const { requests, meanValue } = countRequests(demands)
  const rarely = stepsEach * requests
  let best = { value: leftOut.value(), loads: loads.save() }
  let idle = 0
  for (let moves = 1; moves <= mostMoves && idle < mostIdle; moves += 1) {
    if (leftOut.value() <= target) return true
    if (moves % between === 0 && !spend(between)) break
    idle += 1
    const demand = leftOut.at(below(leftOut.size()))
    const options = profilesOf[demand] ?? []
    if (options.length === 0) continue
    const option = below(options.length)
    const { pool = 0, position = 0 } = poolProfiles[options[option] as number] ?? {}
    const gpus = gpusOfPool[pool] ?? []
    const gpu = gpus[below(gpus.length)] as LoadedGpu
    if (!isOpen(gpu) || !chooseOut(gpu, position, below(gpu.items.length), out)) continue
    const mark = loads.mark()
    for (const item of out) loads.remove(gpu, item)
    loads.place(gpu, demand, option)
    const most = below(rarely) === 0 ? meanValue : 0
    let change = -(demands[demand]?.value ?? 1)
    homeless.length = 0
    for (const item of out) {
      if (findRoom(item.demand)) continue
      homeless.push(item.demand)
      change += demands[item.demand]?.value ?? 1
      if (change > most) break
    }
    if (change > most) {
      loads.undo(mark)
      continue
    }
    loads.commit()
    leftOut.update(demand)
    for (const other of homeless) leftOut.update(other)
    if (leftOut.value() >= best.value) continue
    best = { value: leftOut.value(), loads: loads.save() }
    idle = 0
  }
  if (leftOut.value() > best.value) {
    loads.restore(best.loads)
    for (const demand of demands.keys()) leftOut.update(demand)
  }
  return best.value <= target
}

function countRequests(demands: GpuLoads['demands']): {
  readonly requests: number
  readonly meanValue: number
} {
  let value = 0
  let requests = 0
  for (const each of demands) {
    value += each.count * each.value
    requests += each.count
  }
  return { requests, meanValue: value / Math.max(1, requests) }
}

/** Chooses items without which the GPU has room: one if that is enough, otherwise no more than are needed. */
export function chooseOut(
  { items, partition, steps: { more, less, width } }: LoadedGpu,
  position: number,
  first: number,
  out: LoadItem[],
): boolean {
  out.length = 0
  const { length } = items
  const fits = (rest: number): boolean => (more[rest * width + position] as number) >= 0
  const without = (rest: number, item: LoadItem): number =>
    less[rest * width + item.position] as number
  if (fits(partition)) return true
  for (let index = 0; index < length; index += 1) {
    const item = items[(first + index) % length] as LoadItem
    if (!fits(without(partition, item))) continue
    out.push(item)
    return true
  }
  let rest = partition
  for (let index = 0; index < length && !fits(rest); index += 1) {
    const item = items[(first + index) % length] as LoadItem
    out.push(item)
    rest = without(rest, item)
  }
  if (!fits(rest)) return false
  for (let index = out.length - 2; index >= 0; index -= 1) {
    let kept = partition
    for (let other = 0; other < out.length; other += 1)
      if (other !== index) kept = without(kept, out[other] as LoadItem)
    if (fits(kept)) out.splice(index, 1)
  }
  return true
}
