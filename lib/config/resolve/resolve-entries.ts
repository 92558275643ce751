import type { AnyGpuState } from '../../../types/model/state.js'
import type { Partition, WantedDevices } from '../../../types/solver/layout.js'
import { completeGeometry } from '../../model/geometry.js'
import { groupBy } from '../../model/group-by.js'
import { sum } from '../../model/numbers.js'
import type {
  WantedChoice,
  WantedGpu,
  WantedGroup,
  WantedSpread,
  WantedSpreadGpu,
} from '../../model/wanted.js'
import type { ConfigEntry, CountedRequest, PlacementRequest } from '../document/entry.js'
import type { SelectedConfig } from '../document/select.js'
import type { MatchedEntry } from '../match/matched-entry.js'
import { type BadPlacement, rejectBadPlacements } from './reject-placements.js'
import { rejectUnknownGeometry, rejectUnknownSizes, type UnknownSize } from './reject-sizes.js'
import { resolvePlacements } from './resolve-placements.js'
import { describeSize, resolveSize } from './resolve-size.js'

type KnownGpu = WantedGpu<AnyGpuState>

/** Everything that a GPU does not have, collected so that one error reports all of it. */
interface Faults {
  readonly sizes: UnknownSize[]
  readonly placements: BadPlacement[]
}

/**
 * What each entry wants of its GPUs, with sizes and places as ids of each GPU. An entry that selects fixed
 * GPUs becomes a choice of all of them.
 */
export function resolveEntries(
  config: SelectedConfig,
  deciding: readonly MatchedEntry[],
  driverVersion: string,
): readonly (readonly [ConfigEntry, WantedGroup<AnyGpuState>])[] {
  const known = deciding.map(({ entry, gpus }) => ({
    entry,
    gpus: gpus.map((gpu) => knownGpu(entry, gpu, driverVersion)),
  }))
  rejectUnknownGeometry(config, known, driverVersion)
  const faults: Faults = { sizes: [], placements: [] }
  const resolved = known.map(
    ({ entry, gpus }) => [entry, resolveEntry(entry, gpus, faults)] as const,
  )
  rejectUnknownSizes(config, faults.sizes)
  rejectBadPlacements(config, faults.placements)
  return resolved
}

/** A GPU of an entry, without wanted devices yet. */
function knownGpu(entry: ConfigEntry, gpu: AnyGpuState, driverVersion: string): KnownGpu {
  const { enabled, pending } = gpu.mig ?? { enabled: false, pending: false }
  return {
    gpu,
    entry: entry.position,
    path: entry.paths.wants,
    migEnabled: entry.migEnabled ?? enabled,
    ...(entry.migEnabled === null && pending !== enabled ? { migPending: pending } : {}),
    geometry: completeGeometry(gpu, driverVersion),
    wanted: [],
    ...(entry.add ? { add: true } : {}),
    ...(entry.atLeast ? { atLeast: true } : {}),
    ...(entry.keep === null ? {} : { keep: entry.keep }),
  }
}

function resolveEntry(
  entry: ConfigEntry,
  gpus: readonly KnownGpu[],
  faults: Faults,
): WantedGroup<AnyGpuState> {
  const { wants } = entry
  if (wants.kind === 'placements') return resolvePlaced(entry, wants.placements, gpus, faults)
  const requests = wants.requests.filter(({ count }) => count > 0 || entry.migEnabled === true)
  return wants.field === 'total-mig-devices'
    ? resolveTogether(entry, requests, gpus, faults)
    : resolveEach(entry, requests, gpus, faults)
}

function resolvePlaced(
  entry: ConfigEntry,
  requests: readonly PlacementRequest[],
  gpus: readonly KnownGpu[],
  faults: Faults,
): WantedChoice<AnyGpuState> {
  const resolved = gpus.map((known) => {
    if (known.geometry === null) return known
    const found = resolvePlacements(entry, requests, known.gpu, known.geometry)
    faults.placements.push(...found.faults)
    return { ...known, placements: found.placements }
  })
  return choiceOf(entry, resolved)
}

function resolveEach(
  entry: ConfigEntry,
  requests: readonly CountedRequest[],
  gpus: readonly KnownGpu[],
  faults: Faults,
): WantedChoice<AnyGpuState> {
  const missing: UnknownSize[] = []
  const resolved = gpus.map((known) => {
    const { gpu, geometry } = known
    const wanted = requests.flatMap((request) => {
      if (geometry === null) return []
      const size = resolveSize(request.size, geometry, gpu)
      if (size !== null) return [{ ...size, count: request.count }]
      missing.push({ gpu, request, geometry })
      return []
    })
    return { ...known, wanted: mergeSizes(wanted) }
  })
  const unable = new Set(missing.map(({ gpu }) => gpu))
  const able = resolved.filter(({ gpu }) => !unable.has(gpu))
  // An entry that chooses some of its GPUs does not choose those that lack a size.
  if (entry.count !== null && able.length >= entry.count) return choiceOf(entry, able)
  for (const size of missing) faults.sizes.push(size)
  return choiceOf(entry, resolved)
}

function choiceOf(
  { position, count }: ConfigEntry,
  gpus: readonly KnownGpu[],
): WantedChoice<AnyGpuState> {
  return { kind: 'choice', entry: position, count, gpus }
}

function resolveTogether(
  entry: ConfigEntry,
  requests: readonly CountedRequest[],
  gpus: readonly KnownGpu[],
  faults: Faults,
): WantedSpread<AnyGpuState> {
  const sizesOf = gpus.map((gpu) => ({
    gpu,
    sizes: requests.map(({ size }) =>
      gpu.geometry === null ? null : resolveSize(size, gpu.geometry, gpu.gpu),
    ),
  }))
  for (const [index, request] of requests.entries()) {
    // One GPU that has the size is enough.
    if (sizesOf.some(({ sizes }) => sizes[index] !== null)) continue
    for (const { gpu, geometry } of gpus)
      if (geometry !== null) faults.sizes.push({ gpu, request, geometry })
  }
  return {
    kind: 'spread',
    entry: entry.position,
    count: entry.count,
    ...mergeTogether(requests, sizesOf),
  }
}

/** Adds up requests that are the same size on every GPU, and drops counts of 0. */
function mergeTogether(
  requests: readonly CountedRequest[],
  sizesOf: readonly WantedSpreadGpu<AnyGpuState>[],
): Pick<WantedSpread<AnyGpuState>, 'sizes' | 'gpus'> {
  const alike = groupBy(requests.keys(), (index) =>
    JSON.stringify(sizesOf.map(({ sizes }) => sizes[index])),
  )
  const kept = [...alike.values()].flatMap((same) => {
    const [first = 0] = same
    const count = sum(same.map((index) => requests[index]?.count ?? 0))
    const request = requests[first]
    return count === 0 || request === undefined
      ? []
      : [{ index: first, name: describeSize(request.size), count }]
  })
  return {
    sizes: kept.map(({ name, count }) => ({ name, count })),
    gpus: sizesOf.map(({ gpu, sizes }) => ({
      gpu,
      sizes: kept.map(({ index }) => sizes[index] ?? null),
    })),
  }
}

/** Adds up two spellings of one size, and drops counts of 0. */
function mergeSizes(wanted: readonly WantedDevices[]): Partition {
  const bySize = groupBy(wanted, ({ profileId, sliceCount }) => `${profileId}/${sliceCount}`)
  return [...bySize.values()].flatMap((same) => {
    const [first] = same
    const count = sum(same.map((item) => item.count))
    return first === undefined || count === 0 ? [] : [{ ...first, count }]
  })
}
