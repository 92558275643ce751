import type { FleetGpuChoice, RemoveGpusOptions } from '../../../types/fleet/online.js'
import type { FleetGpu, FleetPlacement, FleetRequest } from '../../../types/fleet/pack.js'
import { layoutTableOf } from '../layouts/layout-table.js'
import type { Ranking } from '../layouts/ranking.js'
import { requireList, requireObject, requireText } from '../model/check-form.js'
import { type FleetModel, readGpus } from '../model/fleet-model.js'
import { invalid } from '../model/invalid.js'
import { limitNamedGpus } from '../model/limits.js'
import {
  addUnits,
  type NamedEntry,
  nameEntries,
  openUnit,
  removeUnit,
  setCordon,
  tidyGround,
} from './fleet-members.js'
import type { FleetGround, FleetUnit } from './fleet-state.js'
import type { HeldRequests } from './held-requests.js'
import { describeHolding, type Holdings, listHeld } from './holdings.js'
import { findTakenMember } from './member-names.js'

/** GPUs that are named and checked; nothing of them is in the fleet yet. */
export function readComing(
  ground: FleetGround,
  holdings: Holdings,
  held: HeldRequests,
  gpus: readonly FleetGpu[],
  asked: readonly FleetRequest[],
): { readonly named: readonly NamedEntry[]; readonly requests: readonly FleetRequest[] } {
  const before = ground.models.list.length
  try {
    const requests = held.read(asked)
    const entries = readGpus(ground.models, gpus)
    limitNamedGpus(entries, ground.unitByName.size)
    const named = nameEntries(ground, entries)
    checkHolders(holdings, held, named, requests)
    for (const { tables } of ground.models.list.slice(before)) layoutTableOf(tables)
    return { named, requests }
  } catch (error) {
    tidyGround(ground)
    throw error
  }
}

/** Last in the order of the fleet. Nothing here throws. */
export function enterGpus(
  ground: FleetGround,
  holdings: Holdings,
  held: HeldRequests,
  named: readonly NamedEntry[],
  requests: readonly FleetRequest[],
  rankingOf: (model: FleetModel) => Ranking,
): void {
  held.expect(requests)
  for (const unit of addUnits(ground, named, rankingOf)) {
    holdings.adopt(unit)
    openUnit(unit)
  }
  held.settle(requests)
  ground.modelsVersion += 1
  tidyGround(ground)
}

/** Ids of what they hold may be nobody else's, but for missing members of a request with a count. */
function checkHolders(
  holdings: Holdings,
  held: HeldRequests,
  named: readonly NamedEntry[],
  requests: readonly FleetRequest[],
): void {
  const groups = new Set<string>()
  for (const [index, { id, count }] of requests.entries()) {
    if (id === undefined || held.isGroup(id)) continue
    const taken = holdings.get(id) !== undefined ? id : findTakenMember(holdings, id, count ?? 0)
    if (taken !== null) {
      throw invalid(['requests', index], `has the name ${taken}, which holds an instance already`)
    }
    if (count !== undefined) groups.add(id)
  }
  for (const { name, entry } of named) {
    const { layout = [], heldBy } = entry.gpu
    for (const id of [heldBy, ...layout.map((instance) => instance.id)]) {
      if (id === undefined) continue
      if (holdings.get(id) === undefined && !held.isGroup(id) && !groups.has(id)) continue
      throw invalid(['gpus'], `has ${name}, held by ${id}, which holds another too`)
    }
  }
}

/** Throws `MIG_FLEET_INVALID`. */
export function removeGpus(
  ground: FleetGround,
  holdings: Holdings,
  names: readonly string[],
  { evict = false }: RemoveGpusOptions,
): readonly FleetPlacement[] {
  const units = findUnits(ground, names)
  for (const unit of evict ? [] : units) {
    const { name, held } = unit
    if (held.length === 0) continue
    const ids = listHeld(unit)
      .map(({ request }) => request ?? 'an instance without an id')
      .join(', ')
    throw invalid(['gpus', names.indexOf(name)], `is ${name}, which holds ${ids}`)
  }
  const released = units.flatMap((unit) => listHeld(unit).map(describeHolding))
  for (const unit of units) {
    for (const holding of [...unit.held]) holdings.drop(holding)
    removeUnit(ground, unit)
  }
  return released
}

export function cordonGpus(
  ground: FleetGround,
  which: FleetGpuChoice,
  cordoned: boolean,
): readonly FleetUnit[] {
  requireObject(which, ['which'])
  const { gpus = [], nodes = [] } = which
  const units = new Set(findUnits(ground, gpus))
  requireList(nodes, ['nodes'])
  for (const [index, node] of nodes.entries()) {
    requireText(node, ['nodes', index])
    const there = ground.unitsByNode.get(node)
    if (there === undefined) throw invalid(['nodes', index], `is ${node}, no node of the fleet`)
    for (const unit of there) units.add(unit)
  }
  for (const unit of units) setCordon(unit, cordoned)
  return [...units].sort((a, b) => a.order - b.order)
}

function findUnits({ unitByName }: FleetGround, names: readonly string[]): readonly FleetUnit[] {
  requireList(names, ['gpus'])
  const found = new Set<FleetUnit>()
  for (const [index, name] of names.entries()) {
    const unit = unitByName.get(name)
    requireText(name, ['gpus', index])
    if (unit === undefined) throw invalid(['gpus', index], `is ${name}, no GPU of the fleet`)
    found.add(unit)
  }
  return [...found]
}
