import type { GpuInstance, GpuState } from '../../types/state.js'
import { completeGeometry } from '../model/geometry.js'
import { parseProfileName } from '../model/profile-names.js'

/** A piece of a row. Starts and sizes are in memory units of the GPU, in the compute row, too. */
export interface Cell {
  readonly start: number
  readonly size: number
  readonly label: string
  /**
   * `taken`: of an instance. `bare`: of a GPU instance, without a compute instance. `free`: of none.
   * `unused`: compute that lies beside the memory of a GPU instance which does not get it.
   */
  readonly kind: 'taken' | 'bare' | 'free' | 'unused'
  /** Compute slices of the GPU instance: its colour. 0 where there is none. */
  readonly slices: number
}

export type GpuPicture =
  | { readonly kind: 'whole'; readonly label: string }
  | {
      readonly kind: 'grid'
      /** Memory units. */
      readonly units: number
      readonly memory: readonly Cell[]
      /** Shorter than the memory where a unit has no compute slice: the eighth of most GPUs. */
      readonly compute: readonly Cell[]
    }

interface Grid {
  readonly units: number
  /** Compute slices. */
  readonly slices: number
  /** Memory units beside one compute slice. */
  readonly unitsPerSlice: number
}

export function pictureGpu(gpu: GpuState): GpuPicture {
  if (gpu.mig === null) return { kind: 'whole', label: `${describeWhole(gpu)}, cannot do MIG` }
  if (!gpu.mig.enabled) return { kind: 'whole', label: describeWhole(gpu) }
  const grid = gridOf(gpu)
  if (grid === null) return { kind: 'whole', label: 'MIG with an unknown geometry' }
  return {
    kind: 'grid',
    units: grid.units,
    memory: fillWithFree(gpu.gpuInstances.map(memoryCell), grid.units, 1),
    compute: fillWithFree(
      gpu.gpuInstances.flatMap((instance) => computeCells(instance, gpu, grid)),
      grid.slices * grid.unitsPerSlice,
      grid.unitsPerSlice,
    ),
  }
}

function describeWhole({ memoryMiB }: GpuState): string {
  return memoryMiB === null ? 'whole GPU' : `whole GPU, ${Math.ceil(memoryMiB / 1024)} GiB`
}

function gridOf(gpu: GpuState): Grid | null {
  const profiles = completeGeometry(gpu)?.profiles ?? []
  const places = profiles.flatMap(({ placements }) => placements)
  const units = Math.max(0, ...places.map(({ start, size }) => start + size))
  const slices = Math.max(0, ...profiles.map(({ sliceCount }) => sliceCount))
  if (units === 0 || slices === 0) return null
  return { units, slices, unitsPerSlice: Math.max(1, Math.floor(units / slices)) }
}

function memoryCell(instance: GpuInstance): Cell {
  const { placement, profileName, computeInstances } = instance
  const parts = parseProfileName(profileName)
  return {
    ...placement,
    label: parts === null ? profileName : `${parts.memoryGB}gb`,
    kind: computeInstances.length === 0 ? 'bare' : 'taken',
    slices: parts?.slices ?? 1,
  }
}

/**
 * NVML tells where the memory of a GPU instance is, and how many compute slices it has, not which:
 * they are drawn beside the memory, from its start on.
 */
function computeCells(instance: GpuInstance, gpu: GpuState, grid: Grid): readonly Cell[] {
  const { placement, profileId, profileName, computeInstances } = instance
  const parts = parseProfileName(profileName)
  const profile = gpu.geometry?.profiles.find(({ id }) => id === profileId)
  const slices = profile?.sliceCount ?? parts?.slices ?? 1
  const end = Math.min(placement.start + placement.size, grid.slices * grid.unitsPerSlice)
  const used = Math.min(placement.start + slices * grid.unitsPerSlice, end)
  const cell = (first: number, count: number, label: string, kind: Cell['kind']): Cell => {
    const start = placement.start + first * grid.unitsPerSlice
    return { start, size: Math.min(count * grid.unitsPerSlice, used - start), label, kind, slices }
  }
  const name = `${slices}g${attributesOf(profileName)}`
  const [only] = computeInstances
  const cells: Cell[] = []
  if (only === undefined) {
    cells.push(cell(0, slices, `(${name})`, 'bare'))
  } else if (computeInstances.length === 1 && only.sliceCount === slices) {
    cells.push(cell(0, slices, name, 'taken'))
  } else {
    let next = 0
    for (const { placement: place, sliceCount } of computeInstances) {
      const first = place?.start ?? next
      if (first > next) cells.push(cell(next, first - next, `(${first - next}c)`, 'bare'))
      cells.push(cell(first, sliceCount, `${sliceCount}c`, 'taken'))
      next = first + sliceCount
    }
    if (next < slices) cells.push(cell(next, slices - next, `(${slices - next}c)`, 'bare'))
  }
  for (let start = used; start < end; start += grid.unitsPerSlice) {
    cells.push({ start, size: grid.unitsPerSlice, label: '', kind: 'unused', slices })
  }
  return cells
}

function attributesOf(profileName: string): string {
  return /[+-].*$/.exec(profileName)?.[0] ?? ''
}

function fillWithFree(cells: readonly Cell[], end: number, step: number): readonly Cell[] {
  const filled: Cell[] = []
  let next = 0
  const fillUpTo = (limit: number): void => {
    for (; next < limit; next += step) {
      const size = Math.min(step, limit - next)
      filled.push({ start: next, size, label: '', kind: 'free', slices: 0 })
    }
  }
  for (const cell of cells.toSorted((a, b) => a.start - b.start)) {
    fillUpTo(cell.start)
    filled.push(cell)
    next = cell.start + cell.size
  }
  fillUpTo(end)
  return filled
}
