import { ceilDivide, toWholePrices } from '../program/price-bound.js'
import type { ClearedRoom, CompactProgram, MoveSlot } from './compact-program.js'

/** Whole numbers over one denominator: what an instance is worth on a slot, and a GPU in use. */
export interface CompactPrices {
  readonly ofSlot: readonly number[]
  readonly ofGpu: number
  readonly denominator: number
}

export function wholeCompactPrices(
  program: CompactProgram,
  rowPrices: ArrayLike<number>,
): CompactPrices {
  const { numbers, denominator } = toWholePrices([
    ...program.slots.map(({ number }) =>
      Math.max(0, rowPrices[program.firstSlotRow + number] ?? 0),
    ),
    Math.max(0, -(rowPrices[program.usedRow] ?? 0)),
  ])
  return { ofSlot: numbers.slice(0, -1), ofGpu: numbers.at(-1) ?? 0, denominator }
}

/**
 * What these prices prove, in whole numbers all the way: whatever is cleared has to pay for its new
 * place, and no GPU has room worth more than its dearest pattern. With `mostGpus` the cost of moves is
 * bounded, where no more GPUs than that may be used; without, the GPUs are. `wanted` is a kind of which
 * one comes in addition.
 */
export function boundCompact(
  { groups, rooms, slots, slotsOf }: CompactProgram,
  { ofSlot, ofGpu, denominator }: CompactPrices,
  mostGpus: number | null,
  wanted = -1,
): number {
  const gpuWeight = mostGpus === null ? denominator : ofGpu
  const moveWeight = mostGpus === null ? 0 : denominator
  const ofKind = slotsOf.map((slots) =>
    slots.reduce((least, slot) => Math.min(least, ofSlot[slot] ?? 0), Number.POSITIVE_INFINITY),
  )
  const gains = rooms.map((room) => gainOf(room, slots, ofSlot, gpuWeight))
  let total = wanted < 0 ? 0n : BigInt(ofKind[wanted] ?? 0)
  for (const { count, options } of groups) {
    let least = Number.POSITIVE_INFINITY
    for (const { room, kinds, cost, isEmptied } of options) {
      let value = cost * moveWeight + (isEmptied ? 0 : gpuWeight) - (gains[room] ?? 0)
      for (const kind of kinds) value += ofKind[kind] ?? 0
      least = Math.min(least, value)
    }
    total += BigInt(least) * BigInt(count)
  }
  if (mostGpus !== null) total -= BigInt(gpuWeight) * BigInt(mostGpus)
  return Math.max(0, ceilDivide(total, BigInt(denominator)))
}

/** The dearest pattern; of an empty GPU, less what it is to use it. */
function gainOf(
  { site, isEmpty, patterns }: ClearedRoom,
  slots: readonly MoveSlot[],
  ofSlot: readonly number[],
  gpuWeight: number,
): number {
  const byPosition: number[] = []
  for (const slot of slots) {
    if (slot.site === site) byPosition[slot.position] = ofSlot[slot.number] ?? 0
  }
  let most = 0
  for (const pattern of patterns) {
    let worth = isEmpty ? -gpuWeight : 0
    for (const [position, count] of pattern.entries()) worth += count * (byPosition[position] ?? 0)
    most = Math.max(most, worth)
  }
  return most
}
