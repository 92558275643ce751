import { readFileSync } from 'node:fs'
import type {
  ComputeInstanceProfile,
  Geometry,
  GpuInstanceProfile,
  Placement,
} from '../../types/geometry.js'
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
  }[]
  readonly memoryMiB: number | null
  /** Placement units of the memory. */
  readonly memoryUnits: number
  readonly computeSlices: number
  /** Whether a change of the MIG mode waits for a GPU reset. */
  readonly modeChangeNeedsReset: boolean
  /** GPU instance id by placement, `start:size`. */
  readonly gpuInstanceIds: Readonly<Record<string, number>> | null
}

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

interface RawGpu {
  readonly key: string
  readonly products: readonly {
    readonly nvmlName: string
    readonly nvmlPciDeviceId: string | null
  }[]
  readonly memoryTotalMiB: { readonly value: number | null }
  readonly memorySlices: number
  readonly computeSlices: number
  readonly modeChangeNeedsReset: { readonly value: boolean }
  readonly giIdBySpan: { readonly identity: Readonly<Record<string, number>> } | null
  readonly gpuInstanceProfiles: readonly RawGpuInstanceProfile[]
}

interface Catalog {
  readonly gpus: readonly CatalogGpu[]
  readonly geometries: ReadonlyMap<string, Geometry | null>
}

let loaded: Catalog | undefined

// Read on first use: most programs ask the driver only.
function loadCatalog(): Catalog {
  loaded ??= readCatalog()
  return loaded
}

function readCatalog(): Catalog {
  const file = new URL('../../catalog/mig-gpus.json', import.meta.url)
  const raw: { readonly gpus: readonly RawGpu[] } = JSON.parse(readFileSync(file, 'utf8'))
  return {
    gpus: deepFreeze(raw.gpus.map(toCatalogGpu)),
    geometries: new Map(raw.gpus.map((gpu) => [gpu.key, toGeometry(gpu)])),
  }
}

export function listCatalogGpus(): readonly CatalogGpu[] {
  return loadCatalog().gpus
}

/**
 * By the PCI id as NVML packs it. The name decides where boards with different geometries share an id
 * (the two RTX PRO 5000); null where it cannot.
 */
export function findCatalogGpu(pciDeviceId: number, name: string): CatalogGpu | null {
  const candidates = listCatalogGpus().filter(({ products }) =>
    products.some((product) => product.pciDeviceId === pciDeviceId),
  )
  if (candidates.length === 1) return candidates[0] ?? null
  const named = candidates.filter(({ products }) =>
    products.some((product) => modelWord(product.name) === modelWord(name)),
  )
  return named.length === 1 ? (named[0] ?? null) : null
}

/** By a catalog key or an NVML name, with or without `NVIDIA `, in any case. The first of several. */
export function findCatalogModel(model: string): CatalogGpu | null {
  const wanted = modelWord(model)
  return (
    listCatalogGpus().find(({ key }) => key === wanted) ??
    listCatalogGpus().find(({ products }) =>
      products.some(({ name }) => modelWord(name) === wanted),
    ) ??
    null
  )
}

function modelWord(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/^nvidia /, '')
}

/** Null where the published figures do not suffice: an id, a placement or a size is not known. */
export function catalogGeometry(gpu: CatalogGpu): Geometry | null {
  return loadCatalog().geometries.get(gpu.key) ?? null
}

function toCatalogGpu(raw: RawGpu): CatalogGpu {
  return {
    key: raw.key,
    products: raw.products.map(({ nvmlName, nvmlPciDeviceId }) => ({
      name: nvmlName,
      pciDeviceId: nvmlPciDeviceId === null ? null : Number(nvmlPciDeviceId),
    })),
    memoryMiB: raw.memoryTotalMiB.value,
    memoryUnits: raw.memorySlices,
    computeSlices: raw.computeSlices,
    modeChangeNeedsReset: raw.modeChangeNeedsReset.value,
    gpuInstanceIds: raw.giIdBySpan?.identity ?? null,
  }
}

function toGeometry(raw: RawGpu): Geometry | null {
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
    // Not the driver's name for it, which leaves out the +me of the GPU instance.
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
