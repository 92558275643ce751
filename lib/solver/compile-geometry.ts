import type { Engines, Geometry, GpuInstanceProfile, Placement } from '../../types/geometry.js'
import { MigError } from '../errors.js'
import { type ComputeTable, compileComputeTable } from './compute-table.js'

export const engineKinds: readonly (keyof Engines)[] = ['copy', 'decoder', 'encoder', 'jpeg', 'ofa']

export interface CompiledPlacement {
  readonly placement: Placement
  /** Two placements overlap exactly when their masks have a bit in common. */
  readonly mask: number
}

export interface CompiledProfile {
  /** Position in `CompiledGeometry.profiles`. */
  readonly position: number
  readonly profile: GpuInstanceProfile
  /** In ascending order of start. */
  readonly placements: readonly CompiledPlacement[]
  /** The most instances at once on an empty GPU. */
  readonly maximum: number
  /** Memory units of one instance. */
  readonly unitCount: number
  readonly compute: ComputeTable
}

export interface CompiledGeometry {
  /** In the order of the geometry. */
  readonly profiles: readonly CompiledProfile[]
  readonly profileById: ReadonlyMap<number, CompiledProfile>
  /** Hardest to place first. */
  readonly searchOrder: readonly CompiledProfile[]
  /** Masks are below it, or negative where it is 2 ** 32. */
  readonly maskCount: number
  readonly memoryUnits: number
  readonly computeSlices: number
  readonly engines: Engines
}

const compiled = new WeakMap<Geometry, CompiledGeometry>()

/**
 * What the search needs of a geometry; computed once per geometry object.
 * Throws `MIG_GEOMETRY_UNKNOWN` when the geometry makes no sense.
 */
export function compileGeometry(geometry: Geometry): CompiledGeometry {
  let result = compiled.get(geometry)
  if (result === undefined) {
    result = compile(geometry)
    compiled.set(geometry, result)
  }
  return result
}

function compile(geometry: Geometry): CompiledGeometry {
  const bounds = findBounds(geometry)
  const profiles = geometry.profiles.map((profile, position) =>
    compileProfile(profile, position, bounds),
  )
  const profileById = new Map(profiles.map((entry) => [entry.profile.id, entry]))
  if (profileById.size !== profiles.length) {
    throw new MigError('MIG_GEOMETRY_UNKNOWN', 'The geometry has two profiles with one id.')
  }
  const total = (amount: (profile: GpuInstanceProfile) => number): number =>
    Math.max(0, ...profiles.map((entry) => amount(entry.profile) * Math.max(1, entry.maximum)))
  return {
    profiles,
    profileById,
    searchOrder: [...profiles].sort(
      (a, b) =>
        b.unitCount - a.unitCount ||
        a.placements.length - b.placements.length ||
        a.position - b.position,
    ),
    maskCount: 2 ** Math.max(0, bounds.length - 1),
    memoryUnits: countUnits(profiles.flatMap((entry) => entry.profile.placements)),
    // NVML does not tell what the whole GPU has. It has at least what the largest profile has, and
    // at least what the instances that NVML lets live side by side have together.
    computeSlices: total((profile) => profile.sliceCount),
    engines: {
      copy: total((profile) => profile.engines.copy),
      decoder: total((profile) => profile.engines.decoder),
      encoder: total((profile) => profile.engines.encoder),
      jpeg: total((profile) => profile.engines.jpeg),
      ofa: total((profile) => profile.engines.ofa),
    },
  }
}

function compileProfile(
  profile: GpuInstanceProfile,
  position: number,
  bounds: readonly number[],
): CompiledProfile {
  const placements = profile.placements
    .map((placement) => ({ placement, mask: placementMask(placement, bounds) }))
    .sort((a, b) => a.placement.start - b.placement.start || a.placement.size - b.placement.size)
  return {
    position,
    profile,
    placements,
    maximum: Math.min(profile.instanceCount, countDisjoint(profile.placements)),
    unitCount: placements.length === 0 ? 0 : Math.min(...placements.map((p) => p.placement.size)),
    compute: compileComputeTable(profile),
  }
}

/**
 * The units where some placement starts or ends. Between two of them no placement can tell the
 * units apart, so one bit is enough: 4 bits for the 12 units of an RTX PRO 6000.
 */
function findBounds(geometry: Geometry): readonly number[] {
  const bounds = new Set<number>()
  for (const profile of geometry.profiles) {
    for (const { start, size } of profile.placements) {
      if (!(Number.isInteger(start) && Number.isInteger(size) && start >= 0 && size >= 1)) {
        throw new MigError(
          'MIG_GEOMETRY_UNKNOWN',
          `The geometry places ${profile.name} at ${start}:${size}, which is no place.`,
        )
      }
      bounds.add(start).add(start + size)
    }
  }
  if (bounds.size > 33) {
    throw new MigError(
      'MIG_GEOMETRY_UNKNOWN',
      `The geometry has ${bounds.size} places where an instance can start or end; at most 33 are supported.`,
    )
  }
  return [...bounds].sort((a, b) => a - b)
}

function placementMask({ start, size }: Placement, bounds: readonly number[]): number {
  let mask = 0
  for (const [bit, bound] of bounds.entries()) {
    if (bound >= start && bound < start + size) mask |= 1 << bit
  }
  return mask
}

function countDisjoint(placements: readonly Placement[]): number {
  let count = 0
  let end = 0
  const byEnd = placements.map(({ start, size }) => ({ start, end: start + size }))
  for (const placement of byEnd.sort((a, b) => a.end - b.end)) {
    if (placement.start < end) continue
    count += 1
    end = placement.end
  }
  return count
}

function countUnits(placements: readonly Placement[]): number {
  return placements.reduce((end, { start, size }) => Math.max(end, start + size), 0)
}
