import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import type {
  ComputeCell,
  LayoutCell,
  LayoutDescription,
  MemoryCell,
} from '../../../types/solver/describe-layout.js'
import type { Layout } from '../../../types/solver/layout.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { MigError } from '../../errors.js'
import { deepFreeze } from '../../model/freeze.js'
import { wordAt } from '../../model/numbers.js'
import { computeInstanceName } from '../../model/profile-names.js'
import { type ReadInstance, readLayout } from '../tables/check-input.js'
import { compileGeometry, stateOf, type Tables } from '../tables/tables.js'

/**
 * A layout as data for a picture. It need not be legal, because a GPU may be in a layout that its driver
 * does not describe. Throws `MIG_SOLVER_INPUT` for an impossible placement.
 *
 * NVML reports where the memory of a GPU instance is, and how many compute slices it has, but not which
 * ones. The picture shows them beside the memory, from its start on.
 */
export function describeLayout(gpu: Geometry | GeometryTables, layout: Layout): LayoutDescription {
  const own = readLayout(layout)
  checkPlaces(own)
  const tables = compileGeometry(gpu)
  const { profileById, memoryUnits, computeSlices } = tables
  const unitsPerSlice =
    computeSlices === 0 ? 1 : Math.max(1, Math.floor(memoryUnits / computeSlices))
  const grid: Grid = { unitsPerSlice, computeUnits: computeSlices * unitsPerSlice }
  const instances = own.map((instance, index): Instance => {
    const profile = profileById.get(instance.profileId)?.profile ?? null
    const { placement, computeInstances } = instance
    return { placement, computeInstances, index, profile }
  })
  const taken = instances.map(describeMemory)
  const isUsable = usableUnits(tables, own)
  const memory = fillWithFree(taken, { end: memoryUnits, step: 1, isUsable }, (cell) => ({
    ...cell,
    profileName: null,
    memoryMiB: null,
  }))
  return deepFreeze({
    memoryUnits,
    computeSlices,
    unitsPerSlice,
    memory,
    compute: fillWithFree(
      instances.flatMap((instance) => describeCompute(instance, grid)),
      { end: grid.computeUnits, step: unitsPerSlice, isUsable },
      (cell) => ({ ...cell, sliceCount: 1, name: null }),
    ),
    freeUnits: memory.filter(({ instance }) => instance === null).map(({ start }) => start),
  })
}

/** Which memory units one more GPU instance could have. All of them where the layout is none that the geometry knows. */
function usableUnits(tables: Tables, layout: readonly ReadInstance[]): (unit: number) => boolean {
  const next = nextStates(tables, layout)
  if (next === null) return () => true
  const places = tables.profiles.flatMap(({ placements }) =>
    placements.filter(({ number }) => wordAt(next, number) >= 0),
  )
  return (unit) =>
    places.some(({ placement: { start, size } }) => start <= unit && unit < start + size)
}

function nextStates(tables: Tables, layout: readonly ReadInstance[]): Int32Array | null {
  try {
    return tables.states.nextOf(stateOf(tables, layout))
  } catch (error) {
    if (error instanceof MigError && error.code === 'MIG_SOLVER_INPUT') return null
    throw error
  }
}

function checkPlaces(layout: readonly ReadInstance[]): void {
  for (const { placement } of layout) {
    const { start, size } = placement
    const isWhole = Number.isInteger(start) && Number.isInteger(size)
    if (isWhole && Number.isSafeInteger(start + size) && start >= 0 && size >= 1) continue
    throw new MigError(
      'MIG_SOLVER_INPUT',
      `The layout has an instance at the impossible placement ${start}:${size}.`,
    )
  }
}

interface Grid {
  readonly unitsPerSlice: number
  /** Length of the compute row. */
  readonly computeUnits: number
}

interface Instance extends Pick<ReadInstance, 'placement' | 'computeInstances'> {
  readonly index: number
  readonly profile: GpuInstanceProfile | null
}

function describeMemory({ placement, computeInstances, index, profile }: Instance): MemoryCell {
  return {
    start: placement.start,
    size: placement.size,
    kind: computeInstances.length === 0 ? 'bare' : 'taken',
    instance: index,
    profileName: profile?.name ?? null,
    memoryMiB: profile?.memoryMiB ?? null,
  }
}

function describeCompute(instance: Instance, grid: Grid): readonly ComputeCell[] {
  const { placement, computeInstances, index, profile } = instance
  const { unitsPerSlice, computeUnits } = grid
  const end = Math.min(placement.start + placement.size, computeUnits)
  const slices = profile?.sliceCount ?? Math.floor((end - placement.start) / unitsPerSlice)
  const used = Math.min(placement.start + slices * unitsPerSlice, end)
  const cells: ComputeCell[] = []
  const add = (first: number, count: number, kind: LayoutCell['kind'], name: string | null) => {
    const start = placement.start + first * unitsPerSlice
    const size = Math.min(count * unitsPerSlice, used - start)
    if (size > 0) cells.push({ start, size, kind, instance: index, sliceCount: count, name })
  }
  if (computeInstances.length === 0) {
    add(0, slices, 'bare', profile?.name ?? null)
  } else {
    let next = 0
    for (const { sliceCount, first } of placeInOrder(instance)) {
      if (first > next) add(next, first - next, 'bare', null)
      const name = profile === null ? null : computeInstanceName(profile, sliceCount)
      add(first, sliceCount, 'taken', name)
      next = first + sliceCount
    }
    if (next < slices) add(next, slices - next, 'bare', null)
  }
  for (let start = used; start < end; start += unitsPerSlice) {
    const size = Math.min(unitsPerSlice, end - start)
    cells.push({ start, size, kind: 'unused', instance: index, sliceCount: 1, name: null })
  }
  return cells
}

/** Instances without a reported placement follow one after the other from the left. */
function placeInOrder({
  computeInstances,
}: Instance): readonly { readonly sliceCount: number; readonly first: number }[] {
  let next = 0
  return computeInstances
    .toSorted((a, b) => (a.placement?.start ?? 0) - (b.placement?.start ?? 0))
    .map(({ sliceCount, placement }) => {
      const first = placement?.start ?? next
      next = first + sliceCount
      return { sliceCount, first }
    })
}

interface Row {
  readonly end: number
  /** The size of a cell without instance. */
  readonly step: number
  readonly isUsable: (unit: number) => boolean
}

function fillWithFree<Cell extends LayoutCell>(
  cells: readonly Cell[],
  { end, step, isUsable }: Row,
  describeFree: (cell: LayoutCell) => Cell,
): readonly Cell[] {
  const filled: Cell[] = []
  let next = 0
  const fillUpTo = (limit: number): void => {
    for (; next < limit; next += step) {
      const [start, size] = [next, Math.min(step, limit - next)]
      const isFree = Array.from({ length: size }, (_, unit) => start + unit).some(isUsable)
      filled.push(describeFree({ start, size, kind: isFree ? 'free' : 'unusable', instance: null }))
    }
  }
  for (const cell of cells.toSorted((a, b) => a.start - b.start)) {
    fillUpTo(Math.min(cell.start, end))
    filled.push(cell)
    next = Math.max(next, cell.start + cell.size)
  }
  fillUpTo(end)
  return filled
}
