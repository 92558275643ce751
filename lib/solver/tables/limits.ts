import type { Engines } from '../../../types/model/geometry.js'
import { at, lowestBit } from '../../model/numbers.js'
import type { BindingLimit, Tables } from './table-types.js'

export const engineKinds: readonly (keyof Engines)[] = ['copy', 'decoder', 'encoder', 'jpeg', 'ofa']

type Limited = Pick<Tables, 'profiles' | 'places' | 'maskCount' | 'computeSlices' | 'engines'>

/**
 * The limits that must be counted in addition to the occupied units. GPUs with seven compute slices have
 * one, the `+me` instance. The geometry decides, never a list of models.
 */
export function findBindingLimits(tables: Limited): readonly BindingLimit[] {
  const { profiles, computeSlices, engines } = tables
  const limits: BindingLimit[] = [
    ...profiles.map(({ profile, position }) => ({
      kind: 'profile-maximum' as const,
      profileId: profile.id,
      engine: null,
      amounts: profiles.map((other) => Number(other.position === position)),
      available: profile.instanceCount,
    })),
    {
      kind: 'compute-slices',
      profileId: null,
      engine: null,
      amounts: profiles.map(({ profile }) => profile.sliceCount),
      available: computeSlices,
    },
    ...engineKinds.map((engine) => ({
      kind: 'engines' as const,
      profileId: null,
      engine,
      amounts: profiles.map(({ profile }) => profile.engines[engine]),
      available: engines[engine],
    })),
  ]
  return limits.filter(({ amounts, available }) => amountCounter(tables, amounts)(0) > available)
}

/** Whether these instances need more compute slices or engines than the GPU has. */
export function exceedsGpu(tables: Tables, counts: readonly number[]): boolean {
  let slices = 0
  for (const { position, profile } of tables.profiles) {
    slices += at(counts, position) * profile.sliceCount
  }
  if (slices > tables.computeSlices) return true
  return engineKinds.some((kind) => {
    let sum = 0
    for (const { position, profile } of tables.profiles) {
      sum += at(counts, position) * profile.engines[kind]
    }
    return sum > tables.engines[kind]
  })
}

/**
 * Counts how much of an amount (by profile position) instances on the free units can take at most, if only overlap
 * limits them: the heaviest set of disjoint intervals.
 */
export function amountCounter(
  { places, maskCount }: Pick<Limited, 'places' | 'maskCount'>,
  amounts: readonly number[],
): (occupied: number) => number {
  const bits = Math.log2(maskCount)
  const endingAt: Weighted[][] = Array.from({ length: bits }, () => [])
  for (const { mask, profilePosition } of places) {
    const amount = amounts[profilePosition] ?? 0
    if (amount > 0) endingAt[31 - Math.clz32(mask)]?.push({ mask, first: lowestBit(mask), amount })
  }
  const best = new Array<number>(bits + 1).fill(0)
  return (occupied) => {
    for (let bit = 0; bit < bits; bit += 1) {
      let most = best[bit] ?? 0
      const ending = endingAt[bit] ?? []
      for (let index = 0; index < ending.length; index += 1) {
        const { mask, first, amount } = ending[index] as Weighted
        if ((occupied & mask) === 0) most = Math.max(most, (best[first] ?? 0) + amount)
      }
      best[bit + 1] = most
    }
    return best[bits] ?? 0
  }
}

interface Weighted {
  readonly mask: number
  readonly first: number
  readonly amount: number
}
