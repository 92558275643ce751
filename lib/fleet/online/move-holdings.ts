import type { FleetMoveTarget } from '../../../types/fleet/online.js'
import { checkForm } from '../model/check-form.js'
import { invalid } from '../model/invalid.js'
import { listServing } from '../model/serving-profiles.js'
import { moveTargetsForm } from './fleet-forms.js'
import type { FleetInside } from './fleet-inside.js'
import type { FleetState, Holding, OnlineGpu } from './fleet-state.js'
import { occupy, vacate } from './holding.js'
import { findServingPlace } from './named-place.js'
import type { PlacedRules } from './placed-rules.js'
import { isFree } from './pool-capacity.js'

/** Throws `MIG_FLEET_INVALID`. */
export function moveInstances(
  { state, rules, holdings }: FleetInside,
  moves: readonly FleetMoveTarget[],
): void {
  const path = ['moves']
  checkForm(moves, moveTargetsForm, path)
  const found = moves.map((to, index) => {
    const holding = holdings.get(to.id)
    if (holding === undefined)
      throw invalid([...path, index], `moves ${to.id}, which holds nothing`)
    return { holding, to }
  })
  moveHoldings(rules, checkMoves(state, found, path), path)
}

export interface CheckedMove {
  readonly holding: Holding
  readonly gpu: OnlineGpu
  readonly place: number
}

type Path = readonly (string | number)[]

/** Throws `MIG_FLEET_INVALID` for a move that cannot be, whatever else moves. */
export function checkMoves(
  state: FleetState,
  moves: readonly { readonly holding: Holding; readonly to: Omit<FleetMoveTarget, 'id'> }[],
  path: Path,
): readonly CheckedMove[] {
  const checked = moves.map(({ holding, to }, index) =>
    checkMove(state, holding, to, [...path, index]),
  )
  if (new Set(checked.map(({ holding }) => holding)).size !== checked.length) {
    throw invalid(path, 'moves an instance twice')
  }
  return checked
}

/**
 * All instances leave before the first arrives, so that a cycle of moves needs no free place. The function
 * that it returns takes all moves back.
 */
export function moveHoldings(
  rules: PlacedRules,
  moves: readonly CheckedMove[],
  path: Path,
): () => void {
  const before = moves.map(({ holding }): CheckedMove => ({ ...holding, holding }))
  for (const { holding } of moves) vacate(holding)
  for (const [index, move] of moves.entries()) {
    if (isFree(move.gpu, move.place)) {
      settle(move)
      continue
    }
    for (const { holding } of moves.slice(0, index)) vacate(holding)
    for (const move of before) settle(move)
    throw invalid([...path, index], 'goes to a place that is not free')
  }
  relocate(rules, before, moves)
  return () => {
    for (const { holding } of moves) vacate(holding)
    for (const move of before) settle(move)
    relocate(rules, moves, before)
  }
}

function relocate(
  rules: PlacedRules,
  from: readonly CheckedMove[],
  to: readonly CheckedMove[],
): void {
  for (const [index, { holding, gpu }] of to.entries()) {
    rules.relocate(holding, from[index]?.gpu ?? gpu, gpu)
  }
}

function settle({ holding, gpu, place }: CheckedMove): void {
  holding.gpu = gpu
  holding.place = place
  occupy(holding)
}

function checkMove(
  state: FleetState,
  holding: Holding,
  { gpu: name, placement, profileId }: Omit<FleetMoveTarget, 'id'>,
  path: Path,
): CheckedMove {
  const { request, pinned, gpu: from, place: at } = holding
  if (state.planned.has(holding)) throw invalid(path, `moves ${request}, which a plan moves`)
  if (pinned) throw invalid(path, `moves ${request}, which is pinned`)
  const gpu = state.gpuByName.get(name)
  if (gpu === undefined) throw invalid(path, `goes to ${name}, which is no GPU of the fleet`)
  if (gpu.cordoned) throw invalid(path, `goes to ${name}, which is cordoned`)
  const { tables } = gpu.pool.model
  const own = from.pool.model.tables.places[at]?.profilePosition
  if (own === undefined || gpu.pool.capacity.kind === 'whole') {
    throw invalid(path, `goes to ${name}, but whole GPUs do not move`)
  }
  const ownId = from.pool.model.tables.profiles[own]?.profile.id
  const isSame = tables === from.pool.model.tables && (profileId ?? ownId) === ownId
  if (!isSame && holding.asked === null) {
    throw invalid(path, `goes to ${name}, with a profile other than the one it asked for`)
  }
  const serving = isSame || holding.asked === null ? [own] : servingOn(state, holding.asked, gpu)
  const place = findServingPlace(tables, serving, isSame ? ownId : profileId, placement)
  if (place === null)
    throw invalid(path, `goes to ${name}, but to no place there of a profile that serves it`)
  return { holding, gpu, place: place.number }
}

function servingOn(
  { models }: FleetState,
  asked: NonNullable<Holding['asked']>,
  gpu: OnlineGpu,
): readonly number[] {
  return listServing(models, asked, ['request'])[gpu.pool.model.number] ?? []
}
