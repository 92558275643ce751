import type {
  ComputeInstanceProfile,
  Geometry,
  GpuInstanceProfile,
  Placement,
} from '../../types/model/geometry.js'
import { deepFreeze } from './freeze.js'
import { computeInstanceName } from './profile-names.js'

/** A GPU geometry and the boards that have it, as published; not read from a driver. */
export interface CatalogGpu {
  /** `a100-40gb` */
  readonly key: string
  readonly products: readonly {
    /** As NVML names it: `NVIDIA A100-SXM4-40GB` */
    readonly name: string
    /** Device in the high half, vendor in the low half. Null for a GPU that is not on PCI. */
    readonly pciDeviceId: number | null
    /** It leaves the factory in the graphics display mode, in which it cannot do MIG. */
    readonly shipsForGraphics: boolean
  }[]
  readonly memoryMiB: number | null
  /** `Ampere` */
  readonly architecture: string
  /** CUDA's, as `8.0`. */
  readonly computeCapability: string
  /** Memory units, in which placements count. */
  readonly memoryUnits: number
  readonly computeSlices: number
  /** Whether a change of the MIG mode waits for a GPU reset. */
  readonly modeChangeNeedsReset: boolean
  /** GPU instance id by placement, `start:size`. */
  readonly gpuInstanceIds: Readonly<Record<string, number>> | null
  /** The same for boards whose halves are swapped. Null: no such board is known. */
  readonly swappedGpuInstanceIds: Readonly<Record<string, number>> | null
  /**
   * Unpublished fields of catalog/mig-gpus.json for which the simulated driver uses a guess
   * (catalog/assumed.json). No member of this object and no geometry contains such a guess.
   */
  readonly assumed: readonly string[]
}

// The fields of catalog/mig-gpus.json that this package reads. Null means unknown, never zero.

interface RawComputeInstanceProfile {
  readonly id: number
  readonly enumIndex: number
  readonly sliceCount: number
  readonly instanceCount: number
  readonly multiprocessorCount: number | null
  readonly placements: readonly Placement[]
}

interface RawGpuInstanceProfile {
  readonly id: number | null
  readonly enumIndex: number
  readonly name: string
  readonly sliceCount: number
  readonly instanceCount: number
  readonly multiprocessorCount: number | null
  readonly copyEngineCount: number | null
  readonly decoderCount: number | null
  readonly encoderCount: number | null
  readonly jpegCount: number | null
  readonly ofaCount: number | null
  readonly memorySizeMB: number | null
  readonly placements: readonly Placement[] | null
  readonly computeInstanceProfiles: readonly RawComputeInstanceProfile[] | null
}

export interface RawGpu {
  readonly key: string
  readonly products: readonly {
    readonly nvmlName: string
    readonly nvmlPciDeviceId: string | null
    readonly displayMode?: { readonly value: 'graphics' }
  }[]
  readonly memoryTotalMiB: { readonly value: number | null }
  readonly architecture: string
  readonly computeCapability: string
  readonly memorySlices: number
  readonly computeSlices: number
  readonly modeChangeNeedsReset: { readonly value: boolean }
  readonly giIdBySpan: {
    readonly identity: Readonly<Record<string, number>>
    readonly halvesSwapped?: Readonly<Record<string, number>>
  } | null
  readonly gpuInstanceProfiles: readonly RawGpuInstanceProfile[]
}

/** An entry of catalog/assumed.json. */
export interface RawAssumptions {
  readonly key: string
  readonly assumptions: readonly { readonly field: string }[]
}

export function toCatalogGpu(raw: RawGpu, assumed: readonly RawAssumptions[]): CatalogGpu {
  const assumptions = assumed.find(({ key }) => key === raw.key)?.assumptions ?? []
  return {
    key: raw.key,
    products: raw.products.map(({ nvmlName, nvmlPciDeviceId, displayMode }) => ({
      name: nvmlName,
      pciDeviceId: nvmlPciDeviceId === null ? null : Number(nvmlPciDeviceId),
      shipsForGraphics: displayMode?.value === 'graphics',
    })),
    memoryMiB: raw.memoryTotalMiB.value,
    architecture: raw.architecture,
    computeCapability: raw.computeCapability,
    memoryUnits: raw.memorySlices,
    computeSlices: raw.computeSlices,
    modeChangeNeedsReset: raw.modeChangeNeedsReset.value,
    gpuInstanceIds: raw.giIdBySpan?.identity ?? null,
    swappedGpuInstanceIds: raw.giIdBySpan?.halvesSwapped ?? null,
    assumed: assumptions.map(({ field }) => field),
  }
}

/** Null if a figure that a geometry needs is missing. */
export function toGeometry(raw: RawGpu): Geometry | null {
  const profiles = raw.gpuInstanceProfiles.map(toProfile)
  if (profiles.length === 0 || !profiles.every((profile) => profile !== null)) return null
  return deepFreeze({ profiles: profiles.toSorted((a, b) => a.index - b.index) })
}

function toProfile(raw: RawGpuInstanceProfile): GpuInstanceProfile | null {
  const { id, memorySizeMB, multiprocessorCount, placements, computeInstanceProfiles } = raw
  const engines = {
    copy: raw.copyEngineCount,
    decoder: raw.decoderCount,
    encoder: raw.encoderCount,
    jpeg: raw.jpegCount,
    ofa: raw.ofaCount,
  }
  if (id === null || memorySizeMB === null || multiprocessorCount === null) return null
  if (placements === null || computeInstanceProfiles === null || !allKnown(engines)) return null
  const computeProfiles = computeInstanceProfiles.map((profile) => toComputeProfile(profile, raw))
  if (!computeProfiles.every((profile) => profile !== null)) return null
  return {
    id,
    index: raw.enumIndex,
    name: raw.name,
    sliceCount: raw.sliceCount,
    instanceCount: raw.instanceCount,
    multiprocessorCount,
    engines,
    memoryMiB: memorySizeMB,
    placements: placements.toSorted((a, b) => a.start - b.start),
    computeInstanceProfiles: computeProfiles,
  }
}

function toComputeProfile(
  raw: RawComputeInstanceProfile,
  gpuInstanceProfile: RawGpuInstanceProfile,
): ComputeInstanceProfile | null {
  const { multiprocessorCount } = raw
  if (multiprocessorCount === null) return null
  return {
    id: raw.id,
    index: raw.enumIndex,
    // The driver's own name leaves out the +me of the GPU instance.
    name: computeInstanceName(gpuInstanceProfile, raw.sliceCount),
    sliceCount: raw.sliceCount,
    instanceCount: raw.instanceCount,
    multiprocessorCount,
    placements: raw.placements,
  }
}

function allKnown<K extends string>(
  record: Readonly<Record<K, number | null>>,
): record is Readonly<Record<K, number>> {
  return Object.values(record).every((value) => value !== null)
}
