import type { GpuLoads, LoadedGpu } from './gpu-loads.js'

/** GPUs between two looks at the clock: about a millisecond. */
const betweenLooks = 20_000

/**
 * Places requests in this order, each on the fullest of its GPUs that has room. `flows`: how much of a demand
 * should go to its option. What is late stays without a place.
 */
export function startLoads(
  loads: GpuLoads,
  flows: readonly { readonly demand: number; readonly option: number; readonly most: number }[],
  isLate: () => boolean,
): void {
  const { poolProfiles, profilesOf, gpusOfPool, left } = loads
  let looked = 0
  for (const { demand, option, most } of flows) {
    const { pool = 0, position = 0 } = poolProfiles[profilesOf[demand]?.[option] ?? 0] ?? {}
    const gpus = gpusOfPool[pool] ?? []
    for (let count = Math.min(most, left[demand] as number); count > 0; count -= 1) {
      looked += gpus.length
      if (looked > betweenLooks) {
        if (isLate()) {
          loads.commit()
          return
        }
        looked = 0
      }
      const gpu = findFullest(gpus, position)
      if (gpu === null) break
      loads.place(gpu, demand, option)
    }
  }
  loads.commit()
}

/** The GPU that can take the least afterwards. */
function findFullest(gpus: readonly LoadedGpu[], position: number): LoadedGpu | null {
  let best: LoadedGpu | null = null
  let least = Number.POSITIVE_INFINITY
  for (const gpu of gpus) {
    const { more, width } = gpu.steps
    const after = more[gpu.partition * width + position] as number
    if (after < 0) continue
    let room = gpu.items.length === 0 && !gpu.group.inUse ? width : 0
    for (let other = 0; other < width; other += 1)
      if ((more[after * width + other] as number) >= 0) room += 1
    if (room >= least) continue
    best = gpu
    least = room
  }
  return best
}
