import type {
  AnyGpuState,
  GpuInstance,
  GpuState,
  UnlistedGpuState,
} from '../../types/model/state.js'
import type {
  ComputeCell,
  LayoutCell,
  LayoutDescription,
} from '../../types/solver/describe-layout.js'
import { MigError } from '../errors.js'
import { completeGeometry } from '../model/geometry.js'
import { compareProfileNames, parseProfileName } from '../model/profile-names.js'
import { countMigDevices } from '../model/state.js'
import { describeLayout } from '../solver/layout/describe-layout.js'
import type { Fate } from './plan-fates.js'

/** A piece of a row. Starts and sizes are in memory units of the GPU, even in the compute row. */
export interface Cell extends Pick<LayoutCell, 'start' | 'size' | 'kind' | 'instance'> {
  /**
   * In the memory row the name of the GPU instance. In the compute row the size of a part of it, and nothing
   * for a compute instance that has all of it, because its name stands above.
   */
  readonly label: string
  /** Compute slices of the GPU instance, which decide its colour. 0: no instance. */
  readonly slices: number
  /** Only in the picture of a plan. */
  readonly fate?: Fate
}

export type GpuPicture =
  | {
      readonly kind: 'whole'
      readonly label: string
      /** A second line. */
      readonly detail?: string
    }
  | {
      readonly kind: 'grid'
      /** In memory units. */
      readonly units: number
      readonly unitsPerSlice: number
      readonly memory: readonly Cell[]
      /** Shorter than the memory if a unit has no compute slice, such as the eighth of most GPUs. */
      readonly compute: readonly Cell[]
    }

/** The most characters that fit into the box of a GPU. */
const longestLabel = 45

/** The picture of a lost GPU, which cannot be read. */
export const pictureLost: Extract<GpuPicture, { kind: 'whole' }> = {
  kind: 'whole',
  label: 'it has fallen off the bus',
}

export function pictureGpu(gpu: AnyGpuState): GpuPicture {
  if (gpu.mig === null) return { kind: 'whole', label: `${describeWhole(gpu)}, cannot do MIG` }
  if (!gpu.mig.enabled) return { kind: 'whole', label: describeWhole(gpu) }
  if (gpu.gpuInstances === null) return pictureUnlisted(gpu)
  return pictureInstances(gpu)
}

/** The picture of a GPU with unknown placements: it shows no instances and no free space. */
function pictureUnlisted(gpu: UnlistedGpuState): GpuPicture {
  const { migDevices, seesAllDevices } = gpu
  const sizes = [...countMigDevices(gpu)]
    .sort(([a], [b]) => compareProfileNames(a, b))
    .map(([name, count]) => (count === 1 ? name : `${count}x ${name}`))
    .join(', ')
  const number = `${migDevices.length} MIG device${migDevices.length === 1 ? '' : 's'}`
  return {
    kind: 'whole',
    label: sizes === '' || sizes.length > longestLabel ? `${number} visible` : sizes,
    detail: seesAllDevices
      ? 'places unknown without mig/config'
      : 'others may be hidden, places unknown',
  }
}

function pictureInstances(gpu: GpuState): GpuPicture {
  const description = describeGpu(gpu)
  if (description === null || description.memoryUnits * description.computeSlices === 0) {
    return { kind: 'whole', label: 'MIG with an unknown geometry' }
  }
  const draw = <Piece extends LayoutCell>(
    piece: Piece,
    label: (piece: Piece, instance: GpuInstance) => string,
  ): Cell => {
    const { start, size, kind } = piece
    const found = piece.instance === null ? undefined : gpu.gpuInstances[piece.instance]
    const place = { start, size, kind, instance: piece.instance }
    return found === undefined
      ? { ...place, label: '', slices: 0 }
      : { ...place, label: label(piece, found), slices: slicesOf(found) ?? 1 }
  }
  return {
    kind: 'grid',
    units: description.memoryUnits,
    unitsPerSlice: description.unitsPerSlice,
    memory: description.memory.map((cell) => draw(cell, (_, { profileName }) => profileName)),
    compute: description.compute.map((cell) => draw(cell, computeLabel)),
  }
}

/** Null if neither the driver nor the catalog knows a valid geometry of this GPU. */
function describeGpu(gpu: GpuState): LayoutDescription | null {
  const geometry = completeGeometry(gpu)
  try {
    const description = geometry === null ? null : describeLayout(geometry, gpu.gpuInstances)
    return description === null || isBeyond(gpu, description.memoryUnits) ? null : description
  } catch (error) {
    if (error instanceof MigError) return null
    throw error
  }
}

/** Whether an instance ends after the last memory unit, so that no box of this GPU can show it. */
function isBeyond({ gpuInstances }: GpuState, memoryUnits: number): boolean {
  return gpuInstances.some(({ placement }) => placement.start + placement.size > memoryUnits)
}

/** Names of GPUs and profiles write GB, and so does this, for the same rounded number of 2^30 bytes. */
function describeWhole({ memoryMiB }: AnyGpuState): string {
  return memoryMiB === null ? 'whole GPU' : `whole GPU, ${Math.ceil(memoryMiB / 1024)} GB`
}

function slicesOf({ profileName }: GpuInstance): number | null {
  return parseProfileName(profileName)?.slices ?? null
}

function computeLabel({ kind, sliceCount }: ComputeCell, instance: GpuInstance): string {
  if (kind === 'unused') return ''
  if (kind === 'bare') return `(${sliceCount}c)`
  const isWhole = instance.computeInstances.length === 1 && sliceCount === slicesOf(instance)
  return isWhole ? '' : `${sliceCount}c`
}
