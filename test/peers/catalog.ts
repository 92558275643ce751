import { readFileSync } from 'node:fs'

/** The parts of catalog/mig-gpus.json that peers are asked about. Null: nobody has published it. */
export interface CatalogGpu {
  readonly key: string
  readonly products: readonly {
    readonly nvmlName: string
    readonly nvmlPciDeviceId: string
    /** The display mode that the board ships in, where MIG works in only one of two. */
    readonly displayMode?: { readonly value: string }
  }[]
  readonly nvmlArchitecture: number
  readonly computeCapability: string
  readonly memoryTotalMiB: { readonly value: number | null }
  /** Of GPU instances, in memory units. */
  readonly memorySlices: number
  readonly computeSlices: number
  readonly smCount: { readonly full: number | null }
  readonly maxMigDevices: { readonly value: number }
  readonly engines: Readonly<Record<'copy' | 'decoder' | 'encoder' | 'jpeg' | 'ofa', number>>
  readonly modeChangeNeedsReset: { readonly value: boolean }
  readonly giIdBySpan?: { readonly identity: Readonly<Record<string, number>> }
  readonly gpuInstanceProfiles: readonly CatalogProfile[]
}

export interface CatalogProfile {
  readonly enumIndex: number
  readonly id: number | null
  readonly name: string
  readonly sliceCount: number
  readonly instanceCount: number
  readonly multiprocessorCount: number | null
  readonly copyEngineCount: number | null
  readonly decoderCount: number
  readonly encoderCount: number
  readonly jpegCount: number
  readonly ofaCount: number
  readonly isP2pSupported: number
  readonly memorySizeMB: number | null
  readonly placements: readonly Span[] | null
  readonly computeInstanceProfiles: readonly CatalogComputeProfile[]
}

export interface CatalogComputeProfile {
  readonly enumIndex: number
  readonly id: number
  readonly name: string
  readonly sliceCount: number
  readonly instanceCount: number
  readonly multiprocessorCount: number
  readonly sharedCopyEngineCount: number
  readonly sharedDecoderCount: number
  readonly sharedEncoderCount: number
  readonly sharedJpegCount: number
  readonly sharedOfaCount: number
  readonly placements: readonly Span[]
}

export interface Span {
  readonly start: number
  readonly size: number
}

/** Read as it is, not through the library: the peers' answers are compared with the facts. */
export function readCatalog(): readonly CatalogGpu[] {
  return readGpus('mig-gpus.json') as unknown as readonly CatalogGpu[]
}

/** With the gaps filled that the simulated driver fills. Facts come first, wherever there is one. */
export function readSimulatedCatalog(): readonly CatalogGpu[] {
  const assumed = readGpus('assumed.json')
  return readGpus('mig-gpus.json').map((gpu) => {
    const values = assumed.find(({ key }) => key === gpu['key'])?.['values']
    return fillGaps(gpu, values ?? {}) as CatalogGpu
  })
}

type Json = Readonly<Record<string, unknown>>

function readGpus(name: string): readonly Json[] {
  const file = new URL(`../../catalog/${name}`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')).gpus
}

function fillGaps(fact: unknown, guess: unknown): unknown {
  if (guess === undefined) return fact
  if (fact === null || fact === undefined) return guess
  if (Array.isArray(fact) && Array.isArray(guess)) return fillList(fact, guess)
  if (typeof fact !== 'object') return fact
  const entries = Object.entries(guess as Json)
  return {
    ...(fact as Json),
    ...Object.fromEntries(
      entries.map(([key, value]) => [key, fillGaps((fact as Json)[key], value)]),
    ),
  }
}

// GPU instance profiles by name, compute instance profiles by index.
function fillList(facts: readonly Json[], guesses: readonly Json[]): readonly unknown[] {
  const left = new Set(guesses)
  const filled = facts.map((fact) => {
    const guess = guesses.find(({ enumIndex, name }) =>
      enumIndex === undefined ? name === fact['name'] : enumIndex === fact['enumIndex'],
    )
    if (guess !== undefined) left.delete(guess)
    return fillGaps(fact, guess)
  })
  return [...filled, ...left]
}

/** Nothing that a simulation needs is unknown. */
export function isComplete(gpu: CatalogGpu): boolean {
  return (
    gpu.memoryTotalMiB.value !== null &&
    gpu.smCount.full !== null &&
    gpu.gpuInstanceProfiles.length > 0 &&
    gpu.gpuInstanceProfiles.every(
      (profile) =>
        profile.id !== null &&
        profile.multiprocessorCount !== null &&
        profile.copyEngineCount !== null &&
        profile.memorySizeMB !== null &&
        profile.placements !== null,
    )
  )
}

/** The text of a simulated GPU that can do MIG: a board that ships for graphics is in the other display mode. */
export function simulatedSpec({ key, products }: CatalogGpu): string {
  return products[0]?.displayMode?.value === 'graphics' ? `${key} +compute` : key
}
