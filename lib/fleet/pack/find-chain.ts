import { cached } from '../../model/cached.js'
import type { GpuLoads, LoadedGpu, LoadItem } from './gpu-loads.js'

/** Which GPUs a chain may touch, and what it may leave without a place. */
export interface ChainRules {
  readonly mayUse: (gpu: LoadedGpu) => boolean
  /** Items that stay where they are. */
  readonly fixed: ReadonlySet<LoadItem>
}

export interface ChainSearch {
  /**
   * Gives a request of the demand a place. Others make room by moving on, each to the place of the next, until
   * one finds free room. False: there is no such chain, and nothing has changed.
   */
  readonly place: (demand: number, rules: ChainRules) => boolean
  /** After a chain was not found: the demands of which a request could give up its place for this one. */
  readonly reached: readonly number[]
  /** Carries out the chain that leaves out a request of this demand, one of `reached`. */
  readonly replace: (demand: number) => boolean
}

/** A number for each demand; those with equal options have the same. */
function numberLikes(profilesOf: GpuLoads['profilesOf']): Int32Array {
  const byText = new Map<string, number>()
  // Many demands share one list, and texts of long lists take long.
  const byList = new Map<readonly number[], number>()
  const numberOf = (options: readonly number[]): number =>
    cached(byText, options.join(), () => byText.size)
  return Int32Array.from(profilesOf, (options) => cached(byList, options, numberOf))
}

/** GPUs between two looks at the clock. */
const betweenLooks = 4096

/** Searches chains breadth first, so that the shortest one is found. */
export function createChainSearch(
  loads: GpuLoads,
  spend: (amount: number) => boolean,
): ChainSearch {
  const { demands, profilesOf, poolProfiles, gpusOfPool } = loads
  const seen = new Int32Array(demands.length)
  const likes = numberLikes(profilesOf)
  // What one demand could not reach, another with the same options cannot, either.
  const tried = new Int32Array(demands.length)
  let round = 0
  const reached: number[] = []
  // How each demand was reached: a request of `from` takes its place on `gpu`, with this option.
  const from = new Int32Array(demands.length)
  const gpuOf: LoadedGpu[] = []
  const itemOf: LoadItem[] = []
  const optionOf = new Int32Array(demands.length)

  /** Takes the requests of a chain out, from its end, so that each finds the place that it needs. */
  const carryOut = (
    last: number,
    end: { readonly gpu: LoadedGpu; readonly option: number } | null,
  ): boolean => {
    const mark = loads.mark()
    let demand = last
    const moves: { readonly demand: number; readonly gpu: LoadedGpu; readonly option: number }[] =
      []
    if (end !== null) moves.push({ demand, gpu: end.gpu, option: end.option })
    const gone: { readonly gpu: LoadedGpu; readonly item: LoadItem }[] = []
    while ((from[demand] as number) >= 0) {
      const gpu = gpuOf[demand] as LoadedGpu
      gone.push({ gpu, item: itemOf[demand] as LoadItem })
      const before = from[demand] as number
      moves.push({ demand: before, gpu, option: optionOf[demand] as number })
      demand = before
    }
    for (const { gpu, item } of gone) loads.remove(gpu, item)
    for (const move of moves) {
      if (loads.place(move.gpu, move.demand, move.option)) continue
      loads.undo(mark)
      return false
    }
    return true
  }

  return {
    reached,
    replace: (demand) => carryOut(demand, null),
    place: (start, { mayUse, fixed }) => {
      round += 1
      reached.length = 0
      seen[start] = round
      from[start] = -1
      reached.push(start)
      let work = 0
      for (let next = 0; next < reached.length; next += 1) {
        const demand = reached[next] as number
        const like = likes[demand] as number
        if (tried[like] === round) continue
        tried[like] = round
        const options = profilesOf[demand] ?? []
        for (let option = 0; option < options.length; option += 1) {
          const { pool = 0, position = 0 } = poolProfiles[options[option] as number] ?? {}
          for (const gpu of gpusOfPool[pool] ?? []) {
            work += 1
            if (work % betweenLooks === 0 && !spend(0)) return false
            if (!mayUse(gpu)) continue
            const { more, less, width: steps } = gpu.steps
            const { partition, items } = gpu
            if ((more[partition * steps + position] as number) >= 0) {
              if (carryOut(demand, { gpu, option })) return true
            }
            for (const item of items) {
              const other = item.demand
              if (seen[other] === round) continue
              const rest = less[partition * steps + item.position] as number
              if ((more[rest * steps + position] as number) < 0 || fixed.has(item)) continue
              seen[other] = round
              from[other] = demand
              gpuOf[other] = gpu
              itemOf[other] = item
              optionOf[other] = option
              reached.push(other)
            }
          }
        }
      }
      spend(work)
      return false
    },
  }
}
