import type { GpuLoads } from './gpu-loads.js'

/** The demands of which something has no place, so that one of them can be drawn. */
export interface LeftOut {
  readonly size: () => number
  readonly at: (index: number) => number
  /** What is left out is worth so much. */
  readonly value: () => number
  /** Looks again at a demand whose requests have come or gone. */
  readonly update: (demand: number) => void
}

export function listLeftOut({ demands, left }: Pick<GpuLoads, 'demands' | 'left'>): LeftOut {
  const list: number[] = []
  const indexOf = new Int32Array(demands.length).fill(-1)
  const counted = new Int32Array(demands.length)
  let value = 0
  const update = (demand: number): void => {
    const now = left[demand] as number
    value += (now - (counted[demand] as number)) * (demands[demand]?.value ?? 1)
    counted[demand] = now
    const index = indexOf[demand] as number
    if (now > 0 && index < 0) {
      indexOf[demand] = list.length
      list.push(demand)
    }
    if (now > 0 || index < 0) return
    const last = list.pop() as number
    if (last !== demand) {
      list[index] = last
      indexOf[last] = index
    }
    indexOf[demand] = -1
  }
  for (const demand of demands.keys()) update(demand)
  return {
    size: () => list.length,
    at: (index) => list[index] as number,
    value: () => value,
    update,
  }
}
