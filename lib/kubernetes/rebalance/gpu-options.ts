import { cached } from '../../model/cached.js'
import { at } from '../../model/numbers.js'
import { findPlaces } from '../../solver/placing/find-places.js'
import type { CompiledPlacement, Tables } from '../../solver/tables/tables.js'
import type { ClusterModel, ModelGpu } from './cluster-model.js'
import { compareOptions, type GpuOption } from './compare-options.js'
import { listNeeded, listOptions, stateWithout } from './list-options.js'
import { createContext, type TableContext } from './table-context.js'

export interface OptionLister {
  readonly list: (gpu: ModelGpu) => readonly GpuOption[]
  /** No change of the GPU leaves more room. */
  readonly mostRoom: (gpu: ModelGpu) => number
  /** The cheapest change that leaves these devices idle, and moves no other pods than `now` does. Null: there is none. */
  readonly cheapest: (gpu: ModelGpu, needed: readonly number[], now: GpuOption) => GpuOption | null
  /** The roomiest places of new instances on the GPU as it is after `destroyed`. */
  readonly places: (gpu: ModelGpu, option: GpuOption) => readonly CompiledPlacement[]
}

/**
 * The changes of a GPU that no other one beats: with at least the same devices, for at most the same cost. `isExact`: room counts as
 * well; else only the largest additions are listed, which is all that the figures before it need. `withEmpty`: so do changes that make
 * nothing, which no plan has, and which a bound has to allow for where the figures before it are not proven.
 */
export function createOptionLister(
  cluster: ClusterModel,
  isExact: boolean,
  withEmpty = false,
): OptionLister {
  const known = new Map<number, readonly GpuOption[]>()
  const kinds = new Map<ModelGpu, number>()
  const cheapest = new Map<string, GpuOption | null>()
  const rooms = new Map<ModelGpu, number>()
  const contexts = new Map<Tables, TableContext>()
  const contextOf = ({ tables }: ModelGpu): TableContext =>
    cached(contexts, tables, () => createContext(cluster, tables, { isExact, withEmpty }))
  const numbers = new Map<string, number>()
  const numberOf = (gpu: ModelGpu): number =>
    cached(kinds, gpu, () =>
      cached(numbers, `${contextOf(gpu).number}:${keyOf(gpu)}`, () => numbers.size),
    )
  const list = (gpu: ModelGpu): readonly GpuOption[] =>
    cached(known, numberOf(gpu), () => listOptions(cluster, contextOf(gpu), gpu))
  return {
    list,
    mostRoom: (gpu) =>
      cached(rooms, gpu, () => {
        const { roomOf, whole } = contextOf(gpu)
        const going = [...gpu.items.keys()].filter((item) => gpu.items[item]?.use !== 'held')
        const asWhole = whole < 0 || gpu.isHeld ? 0 : (cluster.mix[whole] ?? 0)
        const isDivided = gpu.isMigOn || (gpu.given.modeChange ?? 'no') !== 'no'
        return Math.max(isDivided ? roomOf(stateWithout(gpu, going)) : 0, asWhole)
      }),
    cheapest: (gpu, needed, now) => {
      if (now.mode === 'off') return null
      const key = `${numberOf(gpu)} ${needed.join()} ${now.evicted.join()}`
      return cached(cheapest, key, () => {
        const context = contextOf(gpu)
        const all = [
          at(list(gpu), 0),
          ...listNeeded({ cluster, context, gpu }, needed, now.evicted),
        ]
        const enough = all.filter(({ supply }) =>
          supply.every((count, size) => count >= (needed[size] ?? 0)),
        )
        return enough.toSorted(compareOptions)[0] ?? null
      })
    },
    places: (gpu, { destroyed, created }) => {
      if (created.length === 0) return []
      const context = contextOf(gpu)
      const found = findPlaces(gpu.tables, context.order, stateWithout(gpu, destroyed), created)
      const places: CompiledPlacement[] = []
      for (let rest = found; rest !== null; rest = rest.others)
        if (rest.place !== null) places.push(rest.place)
      return places
    },
  }
}

function keyOf({ given, isMigOn, isHeld, isFixed, items }: ModelGpu): string {
  const parts = items.map(({ place, size, use }) => `${place.number}/${size}/${use}`)
  return `${isMigOn}${isHeld}${isFixed}${given.modeChange ?? 'no'}:${parts.join()}`
}
