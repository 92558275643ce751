import { cached } from '../../model/cached.js'
import { wordAt } from '../../model/numbers.js'
import type { PlaceOrder } from '../../solver/placing/find-places.js'
import { requireResiduals, type Tables } from '../../solver/tables/tables.js'
import { type ClusterModel, wholeGpu } from './cluster-model.js'
import { sizesOfProfiles } from './profile-sizes.js'

let contexts = 0

/** What all GPUs of one geometry share. */
export interface TableContext {
  readonly number: number
  readonly isExact: boolean
  /** Changes that only destroy count as well. */
  readonly withEmpty: boolean
  readonly order: PlaceOrder
  /** By profile position: its size, if a demand wants it; else -1. */
  readonly wanted: readonly number[]
  readonly whole: number
  /** Partitions of a residual class that are worth creating, with their devices. */
  readonly additions: (classNumber: number) => readonly Addition[]
  /** The partition with just these devices, if there is one and it is not empty. */
  readonly exactly: (supply: readonly number[]) => readonly Addition[]
  readonly roomOf: (state: number) => number
}

interface Addition {
  readonly counts: readonly number[]
  readonly supply: readonly number[]
}

export function createContext(
  { sizes, demands, mix }: ClusterModel,
  tables: Tables,
  { isExact, withEmpty }: { readonly isExact: boolean; readonly withEmpty: boolean },
): TableContext {
  const isWanted = sizes.map((_, size) => demands.some(({ devices }) => (devices[size] ?? 0) > 0))
  const sizeOf = sizesOfProfiles(sizes, tables)
  const wanted = sizeOf.map((size) => (size >= 0 && isWanted[size] === true ? size : -1))
  const { partitions, classes, classOf, holds, additional } = requireResiduals(tables)
  const length = tables.profiles.length
  const roomOf = (state: number): number => {
    const row = wordAt(classOf, state) * length
    return sizeOf.reduce(
      (sum, size, position) =>
        size < 0 ? sum : sum + (mix[size] ?? 0) * wordAt(additional, row + position),
      0,
    )
  }
  const known = new Map<number, readonly Addition[]>()
  const additions = (classNumber: number): readonly Addition[] =>
    cached(known, classNumber, () => {
      const found: Addition[] = []
      for (const number of classes[classNumber]?.partitions ?? []) {
        const counts = partitions.counts[number] ?? []
        if (number === 0 || counts.some((count, at) => count > 0 && (wanted[at] ?? -1) < 0))
          continue
        const grows =
          !isExact &&
          wanted.some((size, at) => {
            const more = size < 0 ? -1 : wordAt(partitions.withOneMore, number * length + at)
            return more >= 0 && holds(classNumber, more)
          })
        if (grows) continue
        const supply = sizes.map(() => 0)
        for (const [at, count] of counts.entries()) {
          const size = wanted[at] ?? -1
          if (size >= 0) supply[size] = (supply[size] ?? 0) + count
        }
        found.push({ counts, supply })
      }
      return found
    })
  contexts += 1
  return {
    number: contexts,
    isExact,
    withEmpty,
    order: {
      rankOf: (state) => -roomOf(state),
      starts: 'highest',
      anyPlaces: false,
      found: new Map(),
    },
    wanted,
    whole: sizes.indexOf(wholeGpu),
    additions,
    exactly: (supply) => {
      const counts = wanted.map((size) => (size < 0 ? 0 : (supply[size] ?? 0)))
      const isAll = sizes.every((_, size) => (supply[size] ?? 0) === 0 || wanted.includes(size))
      const isSome = counts.some((count) => count > 0)
      return isAll && isSome && partitions.find(counts) >= 0 ? [{ counts, supply }] : []
    },
    roomOf,
  }
}
