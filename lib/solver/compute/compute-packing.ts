import type { Placement } from '../../../types/model/geometry.js'
import { MigError } from '../../errors.js'
import { at } from '../../model/numbers.js'
import { isSamePlace, overlaps } from '../../model/placement.js'
import type { ComputeTable } from '../tables/tables.js'

/** A place for one compute instance. */
export interface Cell {
  /** Position in `ComputeTable.sizes`. */
  readonly size: number
  readonly placement: Placement
}

/** One way of filling a GPU instance with compute instances. */
export interface Filling {
  /** Compute instances of each size. */
  readonly counts: readonly number[]
  /** Largest first, then in ascending order of start. */
  readonly cells: readonly Cell[]
}

export interface WeighedCell extends Cell {
  /** How much it is worth to keep it. */
  readonly weight: number
}

/** What is in a GPU instance now, and which of it must stay. */
export interface Contents {
  readonly cells: readonly WeighedCell[]
  readonly pinned: readonly Cell[]
}

export interface Choice {
  readonly filling: Filling
  /** The weight of the compute instances of the contents that it keeps where they are. */
  readonly kept: number
}

export interface Packing {
  /** One filling for each GPU instance, in their order. */
  readonly fillings: readonly Filling[]
  readonly kept: number
}

/** Refuses questions that would take minutes. No known GPU comes near these limits. */
const mostFillings = 2 ** 16
const mostTrials = 2 ** 20

/** Every legal way to fill one empty GPU instance with at least one and at most `limits` of each size. */
export function listFillings(table: ComputeTable, limits: readonly number[]): readonly Filling[] {
  const fillings: Filling[] = []
  const counts = table.sizes.map(() => 0)
  const cells: Cell[] = []

  const fillFrom = (size: number, after: number): void => {
    const entry = table.sizes[size]
    if (entry === undefined) {
      if (cells.length === 0) return
      if (fillings.length === mostFillings) refuse()
      fillings.push({ counts: [...counts], cells: [...cells] })
      return
    }
    const count = at(counts, size)
    if (count < Math.min(entry.maximum, at(limits, size))) {
      for (const [index, placement] of entry.placements.entries()) {
        if (index < after || cells.some((cell) => overlaps(cell.placement, placement))) continue
        counts[size] = count + 1
        cells.push({ size, placement })
        fillFrom(size, index + 1)
        cells.pop()
        counts[size] = count
      }
    }
    fillFrom(size + 1, 0)
  }
  fillFrom(0, 0)
  return fillings
}

/**
 * For each multiset of sizes that the GPU instance can take: the filling that keeps the most of its
 * contents. Among equal ones, the one with the lowest starts.
 */
export function listChoices(fillings: readonly Filling[], contents: Contents): readonly Choice[] {
  const best = new Map<string, Choice>()
  for (const filling of fillings) {
    if (!contents.pinned.every((cell) => includesCell(filling.cells, cell))) continue
    const kept = contents.cells.reduce(
      (sum, cell) => (includesCell(filling.cells, cell) ? sum + cell.weight : sum),
      0,
    )
    const key = filling.counts.join()
    const other = best.get(key)
    if (other === undefined || kept > other.kept) best.set(key, { filling, kept })
  }
  return [...best.values()]
}

/**
 * Puts exactly the wanted compute instances into the given GPU instances, leaves none of these bare, and
 * keeps the most. `choices` has one list for each GPU instance; interchangeable GPU instances share one
 * list object and stand side by side. Null: there is no way.
 */
export function packComputeInstances(
  choices: readonly (readonly Choice[])[],
  wanted: readonly number[],
): Packing | null {
  const left = [...wanted]
  const chosen: Choice[] = []
  const keepable = [...choices, []].map(() => 0)
  for (let bin = choices.length - 1; bin >= 0; bin -= 1) {
    const most = at(choices, bin).reduce((max, choice) => Math.max(max, choice.kept), 0)
    keepable[bin] = at(keepable, bin + 1) + most
  }
  let best: Packing | null = null
  let trials = 0

  const packFrom = (bin: number, first: number, kept: number): void => {
    if (best !== null && kept + at(keepable, bin) <= best.kept) return
    trials += 1
    if (trials > mostTrials) refuse()
    const list = choices[bin]
    if (list === undefined) {
      if (left.every((count) => count === 0)) {
        best = { fillings: chosen.map((choice) => choice.filling), kept }
      }
      return
    }
    for (let index = first; index < list.length; index += 1) {
      const choice = at(list, index)
      if (!fits(choice.filling.counts, left)) continue
      take(choice.filling.counts, left, 1)
      chosen.push(choice)
      packFrom(bin + 1, choices[bin + 1] === list ? index : 0, kept + choice.kept)
      chosen.pop()
      take(choice.filling.counts, left, -1)
    }
  }
  packFrom(0, 0, 0)
  return best
}

function refuse(): never {
  throw new MigError(
    'MIG_SOLVER_LIMIT',
    'There are too many ways to pack these compute instances into GPU instances.',
  )
}

function includesCell(cells: readonly Cell[], cell: Cell): boolean {
  return cells.some(
    ({ size, placement }) => size === cell.size && isSamePlace(placement, cell.placement),
  )
}

function fits(counts: readonly number[], left: readonly number[]): boolean {
  return counts.every((count, size) => count <= at(left, size))
}

function take(counts: readonly number[], left: number[], sign: 1 | -1): void {
  for (const [size, count] of counts.entries()) left[size] = at(left, size) - sign * count
}
