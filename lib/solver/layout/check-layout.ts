import type { Geometry, Placement } from '../../../types/model/geometry.js'
import type { Layout, LayoutFault } from '../../../types/solver/layout.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { isSamePlace, overlaps } from '../../model/placement.js'
import { placeComputeInstances } from '../compute/hold-compute-instances.js'
import { type ReadInstance, type ReadPart, readLayout } from '../tables/check-input.js'
import { engineKinds } from '../tables/limits.js'
import { type ComputeTable, compileGeometry, type Tables } from '../tables/tables.js'

/**
 * Every rule of the geometry that a layout breaks; none for a legal layout. Bare GPU instances are
 * legal.
 */
export function checkLayout(
  gpu: Geometry | GeometryTables,
  layout: Layout,
): readonly LayoutFault[] {
  const tables = compileGeometry(gpu)
  const instances = readLayout(layout)
  return [
    ...instances.flatMap((instance) => checkInstance(tables, instance)),
    ...checkOverlaps(instances),
    ...checkAmounts(tables, instances),
  ]
}

function checkInstance(tables: Tables, read: ReadInstance): readonly LayoutFault[] {
  const { given: instance, profileId, placement: own } = read
  const profile = tables.profileById.get(profileId)
  if (profile === undefined) return [{ kind: 'unknown-profile', instance }]
  const faults: LayoutFault[] = []
  const known = profile.placements.some(({ placement }) => isSamePlace(placement, own))
  if (!known) faults.push({ kind: 'unknown-placement', instance })
  if (!canHold(profile.compute, read)) faults.push({ kind: 'compute-instances', instance })
  return faults
}

/**
 * Whether a GPU instance can hold its compute instances. Those without a known placement may be
 * anywhere. Only the start of a placement counts; its size comes from the geometry.
 */
export function canHold(
  table: ComputeTable,
  { computeInstances }: { readonly computeInstances: readonly ReadPart[] },
): boolean {
  for (const size of table.sizes) {
    const same = computeInstances.filter(({ sliceCount }) => sliceCount === size.sliceCount)
    if (same.length > size.maximum) return false
  }
  const taken: Placement[] = []
  const unknown: number[] = []
  for (const { sliceCount, placement } of computeInstances) {
    const size = table.sizes.find((each) => each.sliceCount === sliceCount)
    if (placement === null) {
      unknown.push(sliceCount)
      continue
    }
    const place = size?.placements.find(({ start }) => start === placement.start)
    if (place === undefined || taken.some((other) => overlaps(other, place))) return false
    taken.push(place)
  }
  unknown.sort((a, b) => b - a)
  return placeComputeInstances(table, taken, unknown) !== null
}

function checkOverlaps(layout: readonly ReadInstance[]): readonly LayoutFault[] {
  return layout.flatMap(({ given, placement }, index) =>
    layout
      .slice(index + 1)
      .filter((other) => overlaps(placement, other.placement))
      .map((other) => ({ kind: 'overlap', instances: [given, other.given] }) as const),
  )
}

function checkAmounts(tables: Tables, layout: readonly ReadInstance[]): readonly LayoutFault[] {
  const faults: LayoutFault[] = []
  const counted = tables.profiles.map(({ profile }) => ({
    profile,
    count: layout.filter((instance) => instance.profileId === profile.id).length,
  }))
  for (const { profile, count } of counted) {
    const available = profile.instanceCount
    if (count > available) {
      faults.push({ kind: 'profile-maximum', profileId: profile.id, count, available })
    }
  }
  const slices = counted.reduce((sum, { profile, count }) => sum + count * profile.sliceCount, 0)
  if (slices > tables.computeSlices) {
    faults.push({ kind: 'compute-slices', count: slices, available: tables.computeSlices })
  }
  for (const engine of engineKinds) {
    const count = counted.reduce(
      (sum, entry) => sum + entry.count * entry.profile.engines[engine],
      0,
    )
    const available = tables.engines[engine]
    if (count > available) faults.push({ kind: 'engines', engine, count, available })
  }
  return faults
}
