import { cached } from '../../../model/cached.js'
import { wordAt } from '../../../model/numbers.js'
import { requireResiduals, type Tables } from '../../../solver/tables/tables.js'
import { type ClusterModel, type ModelGpu, wholeGpu } from '../cluster-model.js'
import { sizesOfProfiles } from '../profile-sizes.js'

/** How much of the mix fits on a GPU. */
export interface FinalRooms {
  /** What can still be created in a state with MIG on. */
  readonly ofState: (gpu: ModelGpu, state: number) => number
  /** The most that any change leaves. */
  readonly most: (gpu: ModelGpu) => number
  /** A number for each geometry. */
  readonly numberOf: (gpu: ModelGpu) => number
  /** Equal for GPUs with the same changes. */
  readonly keyOf: (gpu: ModelGpu) => string
}

export function createRooms({ sizes, mix }: ClusterModel): FinalRooms {
  const numbers = new Map<Tables, number>()
  const whole = mix[sizes.indexOf(wholeGpu)] ?? 0
  const numberOf = ({ tables }: ModelGpu): number => cached(numbers, tables, () => numbers.size)
  const ofState = ({ tables }: ModelGpu, state: number): number => {
    const { classOf, additional } = requireResiduals(tables)
    const row = wordAt(classOf, state) * tables.profiles.length
    return sizesOfProfiles(sizes, tables).reduce(
      (total, size, position) =>
        size < 0 ? total : total + (mix[size] ?? 0) * wordAt(additional, row + position),
      0,
    )
  }
  return {
    ofState,
    numberOf,
    keyOf: (gpu) => {
      const { given, isMigOn, isHeld, isFixed, items } = gpu
      const parts = items.map(({ place, size, use }) => `${place.number}/${size}/${use}`)
      return [numberOf(gpu), isMigOn, isHeld, isFixed, given.modeChange, ...parts].join()
    },
    most: (gpu) => {
      const { tables, items, isMigOn, isHeld, given } = gpu
      let state = 0
      for (const { place, use } of items)
        if (use === 'held') state = wordAt(tables.states.nextOf(state), place.number)
      const isDivided = isMigOn || (given.modeChange ?? 'no') !== 'no'
      return Math.max(isDivided ? ofState(gpu, state) : 0, isHeld ? 0 : whole)
    },
  }
}
