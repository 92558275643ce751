import { type CatalogGpu, catalogGeometry, findCatalogModel } from '../../lib/model/catalog.js'
import { computeInstanceName } from '../../lib/model/profile-names.js'
import type {
  ComputeInstance,
  GpuInstance,
  GpuState,
  ListedMigState,
} from '../../types/model/state.js'

/** One GPU, or `count` equal ones, of a made-up machine. */
export interface GpuSpec {
  /** A catalog key, or a name as `findCatalogModel` takes it. */
  readonly key: string
  readonly count?: number
  /**
   * `3g.20gb@4`: a GPU instance at memory unit 4 with the full compute instance;
   * `3g.20gb@4:1c,2c`: with these compute instances, packed from the left; `3g.20gb@4:`: with none.
   */
  readonly instances?: readonly string[]
  /** Default: whether there are instances. */
  readonly migEnabled?: boolean
  /** Default: `migEnabled`. */
  readonly pending?: boolean
  /** What the driver would have said; default: the catalog's geometry. */
  readonly geometry?: GpuState['geometry']
  /** Of the catalog entry's products; default the first. */
  readonly product?: number
  readonly pciSubsystemId?: number
}

/** A GPU that cannot do MIG. */
export interface PlainGpuSpec {
  readonly key: 'none'
  readonly count?: number
}

export function stateOf(specs: readonly (GpuSpec | PlainGpuSpec)[]): ListedMigState {
  const gpus = specs.flatMap((spec) => Array.from({ length: spec.count ?? 1 }, () => spec))
  return {
    driverVersion: '580.65.06',
    gpus: gpus.map((spec, index) => (isPlain(spec) ? plainGpu(index) : migGpu(spec, index))),
    lostGpus: [],
  }
}

function isPlain(spec: GpuSpec | PlainGpuSpec): spec is PlainGpuSpec {
  return spec.key === 'none'
}

function identity(index: number): Pick<GpuState, 'index' | 'uuid' | 'pciBusId' | 'minorNumber'> {
  const hex = index.toString(16).padStart(2, '0')
  return {
    index,
    uuid: `GPU-00000000-0000-0000-0000-0000000000${hex}`,
    pciBusId: `00000000:${hex.toUpperCase()}:00.0`,
    minorNumber: index,
  }
}

function plainGpu(index: number): GpuState {
  return {
    ...identity(index),
    name: 'Tesla T4',
    pciDeviceId: 0x1eb810de,
    pciSubsystemId: 0x12a210de,
    memoryMiB: 15360,
    mig: null,
    geometry: null,
    gpuInstances: [],
  }
}

function migGpu(spec: GpuSpec, index: number): GpuState {
  const entry = findCatalogModel(spec.key)
  const geometry = entry === null ? null : catalogGeometry(entry)
  const product = entry?.products[spec.product ?? 0]
  if (entry === null || geometry === null || product === undefined) {
    throw new Error(`No usable catalog entry ${spec.key}`)
  }
  const enabled = spec.migEnabled ?? spec.instances !== undefined
  const built = { entry, profiles: geometry.profiles, gpu: index }
  return {
    ...identity(index),
    name: product.name,
    pciDeviceId: product.pciDeviceId ?? 0,
    pciSubsystemId: spec.pciSubsystemId ?? 0,
    memoryMiB: entry.memoryMiB,
    mig: { enabled, pending: spec.pending ?? enabled },
    geometry: spec.geometry === undefined ? geometry : spec.geometry,
    gpuInstances: (spec.instances ?? [])
      .map((text) => gpuInstance(text, built))
      .toSorted((a, b) => a.placement.start - b.placement.start),
  }
}

interface GpuUnderConstruction {
  readonly entry: CatalogGpu
  readonly profiles: NonNullable<GpuState['geometry']>['profiles']
  readonly gpu: number
}

function gpuInstance(text: string, { entry, profiles, gpu }: GpuUnderConstruction): GpuInstance {
  const [, name, start, list] = /^(.+)@(\d+)(?::(.*))?$/.exec(text) ?? []
  const profile = profiles.find((candidate) => candidate.name === name)
  const placement = profile?.placements.find((place) => place.start === Number(start))
  if (profile === undefined || placement === undefined)
    throw new Error(`Not on ${entry.key}: ${text}`)
  const slices =
    list === undefined
      ? [profile.sliceCount]
      : list
          .split(',')
          .filter((part) => part !== '')
          .map((part) => Number.parseInt(part, 10))
  const id = entry.gpuInstanceIds?.[`${placement.start}:${placement.size}`] ?? placement.start
  let next = 0
  const computeInstances = slices.map((sliceCount, position): ComputeInstance => {
    // The largest: on a double-memory 1g of Hopper two have one slice.
    const compute = profile.computeInstanceProfiles
      ?.filter((candidate) => candidate.sliceCount === sliceCount)
      .toSorted((a, b) => b.multiprocessorCount - a.multiprocessorCount)[0]
    const place = compute?.placements.find((candidate) => candidate.start >= next)
    if (compute === undefined || place === undefined) throw new Error(`Does not split so: ${text}`)
    next = place.start + place.size
    return {
      id: position,
      profileId: compute.id,
      name: computeInstanceName(profile, sliceCount),
      sliceCount,
      placement: place,
      uuid: `MIG-${[gpu, id, place.start].map((part) => part.toString(16).padStart(4, '0')).join('-')}`,
    }
  })
  return { id, profileId: profile.id, profileName: profile.name, placement, computeInstances }
}
