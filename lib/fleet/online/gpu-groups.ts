import type { FleetRequest } from '../../../types/fleet/pack.js'
import type { FleetPool, FleetUnit, Holding } from './fleet-state.js'

/** GPUs of one pool that hold the same, on the same terms. */
export interface UnitGroup {
  readonly key: string
  /** In the order of the fleet. */
  readonly units: FleetUnit[]
}

/**
 * The GPUs of a pool of which their layout does not say all: they are cordoned, or hold something that is
 * pinned or for more than a profile. The others are found by layout. What changes is only noted when it
 * does: the next one who reads the groups pays for that, not for all there is.
 */
export interface UnitGroups {
  readonly byKey: Map<string, UnitGroup>
  readonly groupOf: Map<FleetUnit, UnitGroup>
  readonly changed: Set<FleetUnit>
}

export function createUnitGroups(): UnitGroups {
  return { byKey: new Map(), groupOf: new Map(), changed: new Set() }
}

/** Something came to it or left it; null: it was cordoned, or is no longer. */
export function noteChange(unit: FleetUnit, holding: Holding | null): void {
  const { groups } = unit.pool
  if (holding === null || !isPlain(holding) || groups.groupOf.has(unit)) groups.changed.add(unit)
}

/** It leaves the pool. */
export function forgetUnit(unit: FleetUnit): void {
  const { groups } = unit.pool
  groups.changed.delete(unit)
  leaveGroup(groups, unit)
}

export function readGroups({ groups, units }: FleetPool): Iterable<UnitGroup> {
  const { byKey, groupOf, changed } = groups
  // To look at all of them in order is cheaper than to find the places of many.
  const isMany = changed.size > 64 && changed.size > units.length / 16
  if (isMany) {
    byKey.clear()
    groupOf.clear()
  }
  for (const unit of isMany ? units : changed) {
    const key = unit === undefined ? null : keyOf(unit)
    if (unit === undefined || (groupOf.get(unit)?.key ?? null) === key) continue
    leaveGroup(groups, unit)
    if (key !== null) enterGroup(groups, unit, key)
  }
  changed.clear()
  return byKey.values()
}

function enterGroup({ byKey, groupOf }: UnitGroups, unit: FleetUnit, key: string): void {
  let group = byKey.get(key)
  if (group === undefined) {
    group = { key, units: [] }
    byKey.set(key, group)
  }
  const last = group.units.at(-1)
  if (last === undefined || last.order < unit.order) group.units.push(unit)
  else group.units.splice(findOrder(group.units, unit.order), 0, unit)
  groupOf.set(unit, group)
}

function leaveGroup({ byKey, groupOf }: UnitGroups, unit: FleetUnit): void {
  const group = groupOf.get(unit)
  if (group === undefined) return
  groupOf.delete(unit)
  group.units.splice(findOrder(group.units, unit.order), 1)
  if (group.units.length === 0) byKey.delete(group.key)
}

/** Position of the first that does not come before. */
function findOrder(units: readonly FleetUnit[], order: number): number {
  let low = 0
  let high = units.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((units[middle] as FleetUnit).order < order) low = middle + 1
    else high = middle
  }
  return low
}

/** Null: its layout says all. */
function keyOf({ pool, number, cordoned, held }: FleetUnit): string | null {
  if (!cordoned && held.every(isPlain)) return null
  const layout = pool.holds.kind === 'whole' ? -1 : (pool.holds.buckets.layoutOf[number] ?? 0)
  const terms = held
    .map((holding) => `${holding.place} ${termsOf(holding)}`)
    .sort()
    .join('\n')
  return `${layout} ${cordoned}\n${terms}`
}

function isPlain({ asked, pinned, labels }: Holding): boolean {
  return asked === null && !pinned && labels.length === 0
}

const known = new WeakMap<FleetRequest, string>()

function termsOf({ asked, pinned, labels }: Holding): string {
  let text = asked === null ? '' : known.get(asked)
  if (text === undefined && asked !== null) {
    const { profile, need, where, reservation, sameNode, spread, avoid, labels: own } = asked
    text = JSON.stringify([profile, need, where, reservation, sameNode, spread, avoid, own])
    known.set(asked, text)
  }
  return `${pinned} ${JSON.stringify(labels)} ${text}`
}
