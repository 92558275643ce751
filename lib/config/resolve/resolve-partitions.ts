import type { Geometry } from '../../../types/model/geometry.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import type { WantedDevices } from '../../../types/solver/layout.js'
import { completeGeometry } from '../../model/geometry.js'
import { groupBy } from '../../model/group-by.js'
import type { ConfigEntry, CountedRequest } from '../document/entry.js'
import type { SelectedConfig } from '../document/select.js'
import type { DecidingEntry } from '../match/matched-entry.js'
import { type BadPlacement, rejectBadPlacements } from './reject-placements.js'
import { rejectUnknownGeometry, rejectUnknownSizes, type UnknownSize } from './reject-sizes.js'
import { resolvePlacements } from './resolve-placements.js'
import { describeSize, resolveSize } from './resolve-size.js'
import type { KnownGpu, ResolvedGpu, ResolvedSpread } from './resolved.js'

/** What an entry wants of each of its GPUs, or of all of them together. */
export type ResolvedEntry =
  | { readonly kind: 'each'; readonly gpus: readonly ResolvedGpu[] }
  | Omit<ResolvedSpread, 'entry' | 'count'>

/** The sizes and places of a document, as ids of the GPU at hand. All of it is checked before an error is thrown. */
export function resolvePartitions(
  config: SelectedConfig,
  deciding: readonly DecidingEntry[],
  driverVersion: string,
): readonly { readonly entry: ConfigEntry; readonly resolved: ResolvedEntry }[] {
  const known = deciding.map(({ entry, gpus }) => ({
    entry,
    gpus: gpus.map((gpu) => ({ gpu, geometry: completeGeometry(gpu, driverVersion) })),
  }))
  rejectUnknownGeometry(config, known, driverVersion)
  const unknown: UnknownSize[] = []
  const bad: BadPlacement[] = []
  const resolved = known.map(({ entry, gpus }) => ({
    entry,
    resolved: resolveEntry(entry, gpus, unknown, bad),
  }))
  rejectUnknownSizes(config, unknown)
  rejectBadPlacements(config, bad)
  return resolved
}

function resolveEntry(
  entry: ConfigEntry,
  gpus: readonly KnownGpu[],
  unknown: UnknownSize[],
  bad: BadPlacement[],
): ResolvedEntry {
  const { wants } = entry
  if (wants.kind === 'placements') {
    const resolved = gpus.map(({ gpu, geometry }) => {
      const base = baseOf(entry, gpu, geometry)
      if (geometry === null) return base
      const { placements, faults } = resolvePlacements(entry, wants.placements, gpu, geometry)
      bad.push(...faults)
      return { ...base, placements }
    })
    return { kind: 'each', gpus: resolved }
  }
  const requests = wants.requests.filter(({ count }) => count > 0 || entry.migEnabled)
  return wants.field === 'total-mig-devices'
    ? resolveTogether(entry, requests, gpus, unknown)
    : resolveEach(entry, requests, gpus, unknown)
}

function resolveEach(
  entry: ConfigEntry,
  requests: readonly CountedRequest[],
  gpus: readonly KnownGpu[],
  unknown: UnknownSize[],
): ResolvedEntry {
  const missing: UnknownSize[] = []
  const resolved = gpus.map(({ gpu, geometry }) => {
    const wanted = requests.flatMap((request) => {
      if (geometry === null) return []
      const size = resolveSize(request.size, geometry, gpu)
      if (size !== null) return [{ ...size, count: request.count }]
      missing.push({ gpu, entry, request, geometry })
      return []
    })
    return { ...baseOf(entry, gpu, geometry), wanted: mergeSizes(wanted) }
  })
  const unable = new Set(missing.map(({ gpu }) => gpu))
  const able = resolved.filter(({ gpu }) => !unable.has(gpu))
  // Where some are chosen, those that lack a size are not.
  if (entry.count !== null && able.length >= entry.count) return { kind: 'each', gpus: able }
  for (const size of missing) unknown.push(size)
  return { kind: 'each', gpus: resolved }
}

function resolveTogether(
  entry: ConfigEntry,
  requests: readonly CountedRequest[],
  gpus: readonly KnownGpu[],
  unknown: UnknownSize[],
): ResolvedEntry {
  const sizesOf = gpus.map(({ gpu, geometry }) => ({
    gpu: baseOf(entry, gpu, geometry),
    sizes: requests.map(({ size }) =>
      geometry === null ? null : resolveSize(size, geometry, gpu),
    ),
  }))
  for (const [index, request] of requests.entries()) {
    // One GPU that has the size is enough.
    if (sizesOf.some(({ sizes }) => sizes[index] !== null)) continue
    for (const { gpu, geometry } of gpus)
      if (geometry !== null) unknown.push({ gpu, entry, request, geometry })
  }
  const merged = mergeTogether(requests, sizesOf)
  return { kind: 'spread', ...merged }
}

/** Requests that are the same size on every GPU add up; counts of 0 go. */
function mergeTogether(
  requests: readonly CountedRequest[],
  sizesOf: ResolvedSpread['gpus'],
): Pick<ResolvedSpread, 'sizes' | 'gpus'> {
  const alike = groupBy(requests.keys(), (index) =>
    JSON.stringify(sizesOf.map(({ sizes }) => sizes[index])),
  )
  const kept = [...alike.values()].flatMap((same) => {
    const [first = 0] = same
    const count = same.reduce((sum, index) => sum + (requests[index]?.count ?? 0), 0)
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

function baseOf(entry: ConfigEntry, gpu: AnyGpuState, geometry: Geometry | null): ResolvedGpu {
  const { wants } = entry
  return {
    gpu,
    entry: entry.position,
    field: wants.kind === 'placements' ? 'placements' : wants.field,
    migEnabled: entry.migEnabled,
    geometry,
    wanted: [],
    ...(entry.atLeast ? { atLeast: true } : {}),
    ...(entry.keep === null ? {} : { keep: entry.keep }),
  }
}

/** Two spellings of one size add up; counts of 0 go. */
function mergeSizes(wanted: readonly WantedDevices[]): ResolvedGpu['wanted'] {
  const bySize = groupBy(wanted, ({ profileId, sliceCount }) => `${profileId}/${sliceCount}`)
  return [...bySize.values()].flatMap((same) => {
    const [first] = same
    const count = same.reduce((sum, item) => sum + item.count, 0)
    return first === undefined || count === 0 ? [] : [{ ...first, count }]
  })
}
