import type { FleetMoveTarget } from '../../../types/fleet/online.js'
import { listServing } from '../model/fleet-request.js'
import { invalid } from '../model/invalid.js'
import { findPlace } from './find-place.js'
import { type FleetGround, type FleetUnit, type Holding, hold, letGo } from './fleet-state.js'
import type { Holdings } from './holdings.js'
import type { PlacedRules } from './placed-rules.js'
import { isFree } from './pool-capacity.js'

export interface CheckedMove {
  readonly holding: Holding
  readonly unit: FleetUnit
  readonly place: number
}

type Path = readonly (string | number)[]

/** Throws `MIG_FLEET_INVALID` for what cannot be, whatever else moves. */
export function checkMoves(
  ground: FleetGround,
  moves: readonly { readonly holding: Holding; readonly to: Omit<FleetMoveTarget, 'id'> }[],
  path: Path,
): readonly CheckedMove[] {
  const checked = moves.map(({ holding, to }, index) =>
    checkMove(ground, holding, to, [...path, index]),
  )
  if (new Set(checked.map(({ holding }) => holding)).size !== checked.length) {
    throw invalid(path, 'moves an instance twice')
  }
  return checked
}

/**
 * All of them leave before the first arrives, so that a cycle of moves needs no free place. What it
 * returns takes all of it back.
 */
export function moveHoldings(
  rules: PlacedRules,
  moves: readonly CheckedMove[],
  path: Path,
): () => void {
  const before = moves.map(({ holding }): CheckedMove => ({ ...holding, holding }))
  for (const { holding } of moves) letGo(holding)
  for (const [index, move] of moves.entries()) {
    if (isFree(move.unit, move.place)) {
      settle(move)
      continue
    }
    for (const { holding } of moves.slice(0, index)) letGo(holding)
    for (const move of before) settle(move)
    throw invalid([...path, index], 'goes where there is no room for it')
  }
  relocate(rules, before, moves)
  return () => {
    for (const { holding } of moves) letGo(holding)
    for (const move of before) settle(move)
    relocate(rules, moves, before)
  }
}

function relocate(
  rules: PlacedRules,
  from: readonly CheckedMove[],
  to: readonly CheckedMove[],
): void {
  for (const [index, { holding, unit }] of to.entries()) {
    rules.relocate(holding, from[index]?.unit ?? unit, unit)
  }
}

function settle({ holding, unit, place }: CheckedMove): void {
  holding.unit = unit
  holding.place = place
  hold(holding)
}

/** By id. Throws `MIG_FLEET_INVALID`. */
export function findMoved(holdings: Holdings, id: string, path: Path): Holding {
  const holding = holdings.get(id)
  if (holding === undefined) throw invalid(path, `moves ${id}, which holds nothing`)
  return holding
}

function checkMove(
  ground: FleetGround,
  holding: Holding,
  { gpu, placement, profileId }: Omit<FleetMoveTarget, 'id'>,
  path: Path,
): CheckedMove {
  const { request, pinned, unit: from, place: at } = holding
  if (pinned) throw invalid(path, `moves ${request}, which is pinned`)
  const unit = ground.unitByName.get(gpu)
  if (unit === undefined) throw invalid(path, `goes to ${gpu}, which is no GPU of the fleet`)
  if (unit.cordoned) throw invalid(path, `goes to ${gpu}, which is cordoned`)
  const { tables } = unit.pool.model
  const own = from.pool.model.tables.places[at]?.profilePosition
  if (own === undefined || unit.pool.holds.kind === 'whole') {
    throw invalid(path, `goes to ${gpu}, but whole GPUs do not move`)
  }
  const ownId = from.pool.model.tables.profiles[own]?.profile.id
  const isSame = tables === from.pool.model.tables && (profileId ?? ownId) === ownId
  if (!isSame && holding.asked === null) {
    throw invalid(path, `goes to ${gpu}, as another profile than it asked for`)
  }
  const serving = isSame || holding.asked === null ? [own] : servingOn(ground, holding.asked, unit)
  const place = findPlace(tables, serving, isSame ? ownId : profileId, placement)
  if (place === null) throw invalid(path, `goes to ${gpu}, to no place of a profile that serves it`)
  return { holding, unit, place: place.number }
}

function servingOn(
  { models }: FleetGround,
  asked: NonNullable<Holding['asked']>,
  unit: FleetUnit,
): readonly number[] {
  return listServing(models, asked, ['request'])[unit.pool.model.number] ?? []
}
