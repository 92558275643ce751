import type { Geometry } from '../../types/model/geometry.js'
import type { GpuInfo } from '../../types/model/state.js'
import { cached } from './cached.js'
import {
  type CatalogGpu,
  type RawAssumptions,
  type RawGpu,
  toCatalogGpu,
  toGeometry,
} from './catalog-file.js'
import { type CatalogFile, readCatalogText } from './catalog-text.js'
import { modelWord } from './model-word.js'

export type { CatalogGpu }

interface Catalog {
  readonly gpus: readonly CatalogGpu[]
  readonly raw: ReadonlyMap<string, RawGpu>
  /** Those that were asked for. */
  readonly geometries: Map<string, Geometry | null>
}

let loaded: Catalog | undefined

// Read on first use, because most programs only need the driver.
function loadCatalog(): Catalog {
  loaded ??= readCatalog()
  return loaded
}

function readCatalog(): Catalog {
  const gpus = readGpus<RawGpu>('mig-gpus.json')
  const assumed = readGpus<RawAssumptions>('assumed.json')
  return {
    gpus: gpus.map((gpu) => toCatalogGpu(gpu, assumed)),
    raw: new Map(gpus.map((gpu) => [gpu.key, gpu])),
    geometries: new Map(),
  }
}

function readGpus<Entry>(file: CatalogFile): readonly Entry[] {
  return (JSON.parse(readCatalogText(file)) as { readonly gpus: readonly Entry[] }).gpus
}

export function listCatalogGpus(): readonly CatalogGpu[] {
  return loadCatalog().gpus
}

/**
 * Finds a GPU by its PCI id as NVML packs it. The name decides between boards with different geometries
 * that share an id (the two RTX PRO 5000); null if it cannot.
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

/**
 * Whether this board can do MIG as delivered. A virtual GPU is not such a board: it has the PCI id of its
 * board and a name of its own, and answers NOT_SUPPORTED (open-gpu-kernel-modules).
 */
export function isMigBoard(pciDeviceId: number, name: string): boolean {
  return listCatalogGpus().some(({ products }) =>
    products.some(
      (product) =>
        product.pciDeviceId === pciDeviceId &&
        modelWord(product.name) === modelWord(name) &&
        !product.shipsForGraphics,
    ),
  )
}

/**
 * Every geometry that a catalog key or the name of a model may mean, in any spelling that `modelWord` unites. NVIDIA
 * gave some names to boards that differ: `NVIDIA H100` is that of 94 GB and that of 64 GB.
 */
export function listCatalogModels(model: string): readonly CatalogGpu[] {
  const wanted = modelWord(model)
  const byKey = listCatalogGpus().filter(({ key }) => key === wanted)
  if (byKey.length > 0) return byKey
  return listCatalogGpus().filter(({ products }) =>
    products.some(({ name }) => modelWord(name) === wanted),
  )
}

/** Null for an unknown name, and for a name that several geometries share. */
export function findCatalogModel(model: string): CatalogGpu | null {
  const [found, ...others] = listCatalogModels(model)
  return others.length > 0 ? null : (found ?? null)
}

/** A message for a name that several geometries share; null if it has one meaning or none. */
export function describeAmbiguity(model: string): string | null {
  const keys = listCatalogModels(model).map(({ key }) => key)
  if (keys.length < 2) return null
  return `${model} is the name of ${keys.length} different GPUs: write ${keys.join(' or ')}`
}

/** Null if a figure that a geometry needs was not published: an id, a placement or a size. */
export function catalogGeometry(gpu: CatalogGpu): Geometry | null {
  const { raw, geometries } = loadCatalog()
  return cached(geometries, gpu.key, (key) => {
    const published = raw.get(key)
    return published === undefined ? null : toGeometry(published)
  })
}

/**
 * ECC and the driver's own memory change the total by less than this (see the measured totals in
 * catalog/mig-gpus.json). Boards of one family with other sizes differ by more.
 */
const tolerance = 1 / 8

/** Whether a GPU has other memory than the board with its PCI id. False if either is not known. */
export function contradictsCatalog(
  { memoryMiB }: Pick<GpuInfo, 'memoryMiB'>,
  { memoryMiB: published }: Pick<CatalogGpu, 'memoryMiB'>,
): boolean {
  if (memoryMiB === null || published === null) return false
  return Math.abs(memoryMiB - published) > published * tolerance
}
