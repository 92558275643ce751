import type { Geometry, Placement } from '../../../types/model/geometry.js'
import { MigError } from '../../errors.js'

/** Known GPUs have 4, 8 or 12 units, and a picture shows each of them. */
const mostUnits = 1024

/**
 * The units where a placement starts or ends. No placement divides the units between two of them, so one
 * bit is enough for these: 4 bits for the 12 units of an RTX PRO 6000.
 */
export function findBounds(geometry: Geometry): readonly number[] {
  const bounds = new Set<number>()
  for (const profile of geometry.profiles) {
    for (const { start, size } of profile.placements) {
      if (!isPlace(start, size)) {
        throw new MigError(
          'MIG_GEOMETRY_UNKNOWN',
          `The geometry has an impossible placement ${start}:${size} of ${profile.name}.`,
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

function isPlace(start: number, size: number): boolean {
  const areWhole = Number.isInteger(start) && Number.isInteger(size)
  return areWhole && start >= 0 && size >= 1 && start + size <= mostUnits
}

/** A bit for each stretch between two bounds. */
export function placementMask({ start, size }: Placement, bounds: readonly number[]): number {
  let mask = 0
  for (const [bit, bound] of bounds.entries()) {
    if (bound >= start && bound < start + size) mask |= 1 << bit
  }
  return mask
}

/** How many of these can exist together: greedily, those that end first. */
export function countDisjoint(placements: readonly Placement[]): number {
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

export function countUnits(placements: readonly Placement[]): number {
  return placements.reduce((end, { start, size }) => Math.max(end, start + size), 0)
}
