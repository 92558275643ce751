import type { Placement } from '../../../types/model/geometry.js'
import { at } from '../../model/numbers.js'
import { isSamePlace, overlaps } from '../../model/placement.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import type { CompiledPlacement, CompiledProfile, Tables } from '../tables/tables.js'

/** A place for a compute instance in the GPU instances of one profile. */
export interface LiveCell {
  readonly size: number
  readonly placement: Placement
}

/** A GPU instance and its contents. */
export interface LiveInstance {
  readonly place: CompiledPlacement
  /** Numbers of its compute instances in `listCells`, ascending. */
  readonly cells: readonly number[]
  /** The busy ones among them, all there from the start; -1: the GPU instance itself. */
  readonly busy: readonly number[]
}

/** The GPU at one moment: instances in ascending order of the numbers of their places. */
export type LiveState = readonly LiveInstance[]

const cells = new WeakMap<CompiledProfile, readonly LiveCell[]>()

export function listCells(profile: CompiledProfile): readonly LiveCell[] {
  let known = cells.get(profile)
  if (known === undefined) {
    known = profile.compute.sizes.flatMap(({ placements }, size) =>
      placements.map((placement) => ({ size, placement })),
    )
    cells.set(profile, known)
  }
  return known
}

export function cellAt(profile: CompiledProfile, cell: LiveCell): number {
  return listCells(profile).findIndex(
    ({ size, placement }) => size === cell.size && isSamePlace(placement, cell.placement),
  )
}

/**
 * The state at the start, without instances that no target can contain: those go before all others.
 */
export function startState(current: readonly CurrentInstance[]): LiveState {
  return current
    .map(({ instance, profile, place, cellOf }): LiveInstance => {
      const numbered = [...cellOf].map(([compute, cell]) => ({
        number: cellAt(profile, cell),
        busy: instance.busy === true || compute.busy === true,
      }))
      const numbers = (entries: typeof numbered): readonly number[] =>
        entries.map(({ number }) => number).sort((a, b) => a - b)
      const bare = instance.busy === true && numbered.length === 0
      const busy = bare ? [-1] : numbers(numbered.filter((each) => each.busy))
      return { place, cells: numbers(numbered), busy }
    })
    .sort((a, b) => a.place.number - b.place.number)
}

export function stateKey(state: LiveState): string {
  let key = ''
  for (const { place, cells: inside, busy } of state) {
    key += `${place.number}:${inside.join('.')}`
    key += busy.length === 0 ? ';' : `!${busy.join('.')};`
  }
  return key
}

/** Whether one more GPU instance is legal at a place. */
export function canCreateAt(
  { limits }: Tables,
  state: LiveState,
  place: CompiledPlacement,
): boolean {
  for (const other of state) if ((other.place.mask & place.mask) !== 0) return false
  for (const { amounts, available } of limits) {
    let taken = at(amounts, place.profilePosition)
    for (const other of state) taken += at(amounts, other.place.profilePosition)
    if (taken > available) return false
  }
  return true
}

/** Whether one more compute instance is legal in a GPU instance. */
export function canCreateIn(
  profile: CompiledProfile,
  inside: readonly number[],
  number: number,
): boolean {
  const table = listCells(profile)
  const cell = at(table, number)
  let same = 0
  for (const other of inside) {
    const there = at(table, other)
    if (overlaps(there.placement, cell.placement)) return false
    if (there.size === cell.size) same += 1
  }
  return same < at(profile.compute.sizes, cell.size).maximum
}
