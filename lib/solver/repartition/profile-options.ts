import type { Placement } from '../../../types/model/geometry.js'
import { cached } from '../../model/cached.js'
import { at, sum } from '../../model/numbers.js'
import {
  type Choice,
  listChoices,
  listFillings,
  type Packing,
  packComputeInstances,
} from '../compute/compute-packing.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import type { Demand } from '../layout/demand.js'
import { countSlices } from '../tables/compute-table.js'
import type { CompiledPlacement, CompiledProfile } from '../tables/tables.js'
import { type CostTable, costOfChanges } from './change-costs.js'
import { listPlaceSets, type PlaceSet } from './place-sets.js'

/** One way of placing the GPU instances of one profile. */
export interface ProfileOption {
  readonly profile: CompiledProfile
  readonly set: PlaceSet
  /** What it keeps, in `weights`. */
  readonly score: number
  readonly cost: number
}

/** The wanted devices of one profile, and its instances on the GPU. */
export interface ProfileTask {
  readonly profile: CompiledProfile
  /** The numbers of GPU instances that may hold the demand. */
  readonly gpuInstances: readonly number[]
  /** Every way to place so many GPU instances, with the pinned ones in place. */
  readonly optionsWith: (count: number) => readonly ProfileOption[]
  /** How the devices are packed there. Null: each GPU instance has its full compute instance. */
  readonly packingAt: (set: PlaceSet) => Packing | null
  readonly currentAt: (place: CompiledPlacement) => CurrentInstance | null
}

const none: readonly CurrentInstance[] = []

/** Null if the limits of the profile make it impossible. */
export function createProfileTask(
  demand: Demand,
  current: readonly CurrentInstance[],
  costs: CostTable | null,
): ProfileTask | null {
  const { profile, counts } = demand
  const whole = isWhole(demand)
  const keep = whole ? wholeKeeper(current) : packer(demand, current)
  const wanted = sum(counts)
  const slices = countSlices(profile.compute.sizes, counts)
  const fewest = whole ? wanted : Math.ceil(slices / profile.profile.sliceCount)
  const most = Math.min(profile.maximum, wanted)
  if (fewest > most) return null
  const firstNumber = profile.placements[0]?.number ?? 0
  const there: (CurrentInstance | undefined)[] = profile.placements.map(() => undefined)
  for (const instance of current) there[instance.place.number - firstNumber] = instance
  const currentAt = ({ number }: CompiledPlacement): CurrentInstance | null =>
    there[number - firstNumber] ?? null
  const keptAt = ({ places }: PlaceSet): readonly CurrentInstance[] => {
    const kept: CurrentInstance[] = []
    for (const { number } of places) {
      const instance = there[number - firstNumber]
      if (instance !== undefined) kept.push(instance)
    }
    return kept
  }
  const pinned = current.filter((instance) => instance.pinned)

  const optionsWith = (count: number): readonly ProfileOption[] => {
    const options: ProfileOption[] = []
    for (const set of listPlaceSets(profile, count)) {
      const kept = current.length === 0 ? none : keptAt(set)
      if (!pinned.every((instance) => kept.includes(instance))) continue
      const score = keep.scoreOf(kept, count)
      if (score === null) continue
      const going = current.length - kept.length
      const cost =
        costs === null
          ? count - kept.length + going
          : costOfChanges(costs, profile, count - kept.length, placementsBeside(current, kept))
      options.push({ profile, set, score, cost })
    }
    return options
  }
  return {
    profile,
    gpuInstances: Array.from({ length: most - fewest + 1 }, (_, index) => fewest + index),
    optionsWith,
    packingAt: (set) => keep.packingOf(keptAt(set), set.places.length),
    currentAt,
  }
}

/** How much a set of places keeps. Null: it cannot hold the demand. */
interface Keeper {
  readonly scoreOf: (kept: readonly CurrentInstance[], count: number) => number | null
  readonly packingOf: (kept: readonly CurrentInstance[], count: number) => Packing | null
}

/** Whether every device is a full compute instance, which shares its GPU instance with no other. */
function isWhole({ profile, counts }: Demand): boolean {
  const { sizes, sliceCount } = profile.compute
  return sizes.every((size, index) =>
    size.sliceCount === sliceCount ? size.placements.length === 1 : at(counts, index) === 0,
  )
}

function wholeKeeper(current: readonly CurrentInstance[]): Keeper {
  const scores = new Map<CurrentInstance, number | null>()
  for (const instance of current) {
    const { contents, profile, weight } = instance
    const { sizes, sliceCount } = profile.compute
    const isFull = ({ size }: { readonly size: number }): boolean =>
      at(sizes, size).sliceCount === sliceCount
    const full = contents.cells.find(isFull)
    scores.set(instance, contents.pinned.every(isFull) ? weight + (full?.weight ?? 0) : null)
  }
  return {
    scoreOf: (kept) => {
      let sum = 0
      for (const instance of kept) {
        const score = scores.get(instance) ?? null
        if (score === null) return null
        sum += score
      }
      return sum
    },
    packingOf: () => null,
  }
}

/** New GPU instances are interchangeable, so a packing depends only on which ones are kept. */
function packer({ profile, counts }: Demand, current: readonly CurrentInstance[]): Keeper {
  const fillings = listFillings(profile.compute, counts)
  const choicesOf = new Map<CurrentInstance, readonly Choice[]>(
    current.map((instance) => [instance, listChoices(fillings, instance.contents)]),
  )
  const ofNew = listChoices(fillings, { cells: [], pinned: [] })
  const known = new Map<string, Packing | null>()
  const packingOf = (kept: readonly CurrentInstance[], count: number): Packing | null => {
    const key = `${count}:${kept.map((instance) => instance.place.number).join()}`
    return cached(known, key, () => {
      const choices = [
        ...kept.map((instance) => choicesOf.get(instance) ?? []),
        ...Array.from({ length: count - kept.length }, () => ofNew),
      ]
      return packComputeInstances(choices, counts)
    })
  }
  return {
    packingOf,
    scoreOf: (kept, count) => {
      const packing = packingOf(kept, count)
      if (packing === null) return null
      return kept.reduce((sum, instance) => sum + instance.weight, packing.kept)
    },
  }
}

function placementsBeside(
  current: readonly CurrentInstance[],
  kept: readonly CurrentInstance[],
): readonly Placement[] {
  return current.filter((instance) => !kept.includes(instance)).map(({ place }) => place.placement)
}
