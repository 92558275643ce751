import { at } from '../../model/numbers.js'
import type { CurrentInstance } from '../layout/current-instances.js'
import type { CompiledPlacement, Tables } from '../tables/tables.js'
import {
  canCreateAt,
  canCreateIn,
  type LiveInstance,
  type LiveState,
  listCells,
} from './live-state.js'

/**
 * The creation or destruction of one device. Its GPU instance is created with its first device, and may
 * go with its last.
 */
export interface LiveMove {
  readonly kind: 'create' | 'destroy'
  readonly place: CompiledPlacement
  /** The number in `listCells`; -1: a GPU instance without compute instances. */
  readonly cell: number
  /** Whether the GPU instance is also created or destroyed. */
  readonly withGpuInstance: boolean
  readonly busy: boolean
  /** The device is wanted and has no replacement yet. */
  readonly stop: boolean
}

export interface LiveProblem {
  readonly tables: Tables
  /** The instances on the GPU that the tables have. */
  readonly instances: readonly CurrentInstance[]
  readonly start: LiveState
  /**
   * The wanted devices, and how many of them are there at the start, by profile position and size.
   */
  readonly wanted: readonly (readonly number[])[]
  readonly needed: readonly (readonly number[])[]
  readonly isPinned: (place: CompiledPlacement, cell: number) => boolean
  /** Where devices may be created. */
  readonly mayCreate: (place: CompiledPlacement, cell: number) => boolean
}

/** Counts the devices by profile position and size. */
export function countLive(tables: Tables, state: LiveState): number[][] {
  const counts = tables.profiles.map(({ compute }) => compute.sizes.map(() => 0))
  for (const { place, cells } of state) {
    const row = at(counts, place.profilePosition)
    const table = listCells(at(tables.profiles, place.profilePosition))
    for (const cell of cells) {
      const { size } = at(table, cell)
      row[size] = at(row, size) + 1
    }
  }
  return counts
}

/** Every possible next move, with the state after it. Destructions come first. */
export function* listMoves(
  problem: LiveProblem,
  state: LiveState,
  counts: readonly (readonly number[])[],
): Generator<readonly [LiveMove, LiveState]> {
  yield* listDestructions(problem, state, counts)
  yield* listCreations(problem, state, counts)
}

function* listDestructions(
  { tables, needed, wanted, isPinned }: LiveProblem,
  state: LiveState,
  counts: readonly (readonly number[])[],
): Generator<readonly [LiveMove, LiveState]> {
  for (const [index, instance] of state.entries()) {
    const { place, cells, busy } = instance
    const position = place.profilePosition
    const profile = at(tables.profiles, position)
    const without = state.toSpliced(index, 1)
    if (cells.length === 0 && !isPinned(place, -1)) {
      const move = { kind: 'destroy', place, cell: -1, withGpuInstance: true } as const
      yield [{ ...move, busy: busy.includes(-1), stop: false }, without]
    }
    const table = listCells(profile)
    for (const cell of cells) {
      if (isPinned(place, cell)) continue
      const { size } = at(table, cell)
      const stop = at(at(counts, position), size) <= at(at(needed, position), size)
      const isBusy = busy.includes(cell)
      const move = { kind: 'destroy', place, cell, busy: isBusy, stop } as const
      const rest: LiveInstance = {
        place,
        cells: cells.filter((other) => other !== cell),
        busy: busy.filter((other) => other !== cell),
      }
      const last = rest.cells.length === 0 && !isPinned(place, -1)
      if (last)
        yield [{ ...move, withGpuInstance: true, busy: isBusy || busy.includes(-1) }, without]
      // An empty GPU instance is useful only if the target wants another size in it.
      const otherSizes = at(wanted, position).some((count, other) => other !== size && count > 0)
      if (!last || otherSizes) {
        yield [{ ...move, withGpuInstance: false }, state.with(index, rest)]
      }
    }
  }
}

/**
 * A device is created only while its size has no more devices than wanted. To have yet another one,
 * destroying one first is as good.
 */
function* listCreations(
  { tables, wanted, mayCreate }: LiveProblem,
  state: LiveState,
  counts: readonly (readonly number[])[],
): Generator<readonly [LiveMove, LiveState]> {
  for (const profile of tables.profiles) {
    const row = at(wanted, profile.position)
    const table = listCells(profile)
    const open = table.flatMap(({ size }, cell) =>
      at(row, size) > 0 && at(at(counts, profile.position), size) <= at(row, size) ? [cell] : [],
    )
    if (open.length === 0) continue
    const created = { kind: 'create', busy: false, stop: false } as const
    for (const place of profile.placements) {
      const index = state.findIndex((instance) => instance.place === place)
      const there = state[index]
      if (there === undefined && !canCreateAt(tables, state, place)) continue
      for (const cell of open) {
        if (!mayCreate(place, cell) || !canCreateIn(profile, there?.cells ?? [], cell)) continue
        const move = { ...created, place, cell, withGpuInstance: there === undefined }
        if (there === undefined) {
          const at = state.findIndex((instance) => instance.place.number > place.number)
          const added: LiveInstance = { place, cells: [cell], busy: [] }
          yield [move, state.toSpliced(at < 0 ? state.length : at, 0, added)]
        } else {
          const cells = [...there.cells, cell].sort((a, b) => a - b)
          yield [move, state.with(index, { ...there, cells })]
        }
      }
    }
  }
}
