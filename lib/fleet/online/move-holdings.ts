import type { FleetMoveTarget } from '../../../types/fleet-online.js'
import { isSamePlace } from '../../model/placement.js'
import { invalid } from '../model/invalid.js'
import { type FleetGround, type FleetUnit, type Holding, hold, letGo } from './fleet-pools.js'
import type { Holdings } from './holdings.js'
import type { PlacedRules } from './unit-filter.js'

interface CheckedMove {
  readonly holding: Holding
  readonly unit: FleetUnit
  readonly place: number
}

/** All of them leave before the first arrives, so that a cycle of moves needs no free place. */
export function moveHoldings(
  ground: FleetGround,
  holdings: Holdings,
  rules: PlacedRules,
  moves: readonly FleetMoveTarget[],
): void {
  const checked = moves.map((move, index) => checkMove(ground, holdings, move, index))
  if (new Set(checked.map(({ holding }) => holding)).size !== checked.length) {
    throw invalid(['moves'], 'moves an instance twice')
  }
  const from = checked.map(({ holding: { unit, place } }) => ({ unit, place }))
  for (const { holding } of checked) letGo(holding)
  for (const [index, move] of checked.entries()) {
    if (hasRoom(move)) {
      settle(move)
      continue
    }
    for (const { holding } of checked.slice(0, index)) letGo(holding)
    for (const [number, { holding }] of checked.entries()) {
      const before = from[number]
      if (before !== undefined) settle({ holding, ...before })
    }
    throw invalid(['moves', index], 'goes where there is no room for it')
  }
  for (const [index, { holding, unit }] of checked.entries()) {
    const before = from[index]
    if (before === undefined) continue
    rules.relocate(holding, before.unit, unit)
  }
}

function settle({ holding, unit, place }: CheckedMove): void {
  holding.unit = unit
  holding.place = place
  hold(holding)
}

function hasRoom({ unit, place }: CheckedMove): boolean {
  const { holds } = unit.pool
  if (holds.kind === 'whole') return holds.free.has(unit.number)
  const { next, placeCount } = holds.table
  return (next[(holds.buckets.layoutOf[unit.number] ?? 0) * placeCount + place] ?? -1) >= 0
}

function checkMove(
  { unitByName }: FleetGround,
  holdings: Holdings,
  { id, gpu, placement }: FleetMoveTarget,
  index: number,
): CheckedMove {
  const path = ['moves', index]
  const holding = holdings.get(id)
  if (holding === undefined) throw invalid(path, `moves ${id}, which holds nothing`)
  if (holding.pinned) throw invalid(path, `moves ${id}, which is pinned`)
  const unit = unitByName.get(gpu)
  if (unit === undefined) throw invalid(path, `goes to ${gpu}, which is no GPU of the fleet`)
  const from = holding.unit.pool.model.tables
  const to = unit.pool.model.tables
  if (holding.place < 0 || unit.pool.holds.kind === 'whole' || from !== to) {
    throw invalid(path, `goes to ${gpu}, which has another geometry or is held as a whole`)
  }
  const position = from.places[holding.place]?.profilePosition ?? 0
  const place = to.profiles[position]?.placements.find((each) =>
    isSamePlace(each.placement, placement),
  )
  if (place === undefined) throw invalid(path, `goes to ${gpu}, to no place of its profile`)
  return { holding, unit, place: place.number }
}
