import type { FleetGpu, FleetInstance, FleetRequest } from '../../../types/fleet.js'
import type { FleetInUse, FleetMoveCosts } from '../../../types/fleet-moves.js'
import {
  type CompiledPlacement,
  placeOf,
  requireResiduals,
} from '../../solver/tables/geometry-tables.js'
import type { ResidualTable } from '../../solver/tables/residual-table.js'
import {
  createFleetModels,
  type FleetGpuEntry,
  type FleetModel,
  readGpus,
} from '../model/fleet-model.js'
import { mayEnter } from '../model/gpu-filter.js'
import {
  compileMoveCosts,
  createMoveKinds,
  findEligible,
  type MoveKind,
  requirePinned,
} from './move-kinds.js'

/** GPUs of one model that let in the same. */
export interface MoveSite {
  readonly number: number
  readonly model: FleetModel
  readonly residuals: ResidualTable
  /** Profile positions by kind; none: not let in. */
  readonly positionsOf: readonly (readonly number[])[]
}

export interface MoveItem {
  readonly place: CompiledPlacement
  readonly kind: number
  /** -1: it stays. */
  readonly cost: number
  readonly instance: FleetInstance
}

export interface MoveGpu {
  /** In the order of the fleet: the one tie rule is that the first comes first. */
  readonly position: number
  readonly name: string
  readonly node: string | null
  readonly entry: FleetGpuEntry
  readonly items: readonly MoveItem[]
}

/** GPUs of one site and one class: the room that is there without any moves. */
export interface MoveCell {
  readonly number: number
  readonly site: MoveSite
  readonly classNumber: number
  readonly types: LayoutType[]
}

/** GPUs that differ in nothing but their names. */
export interface LayoutType {
  readonly number: number
  readonly cell: MoveCell
  /** Of the first member; those of the others are alike. */
  readonly items: readonly MoveItem[]
  readonly members: MoveGpu[]
}

/** A fleet as a search for moves sees it: GPUs counted, not named. */
export interface MoveView {
  readonly kinds: readonly MoveKind[]
  readonly sites: readonly MoveSite[]
  readonly cells: readonly MoveCell[]
  readonly types: readonly LayoutType[]
  readonly entries: readonly FleetGpuEntry[]
  /** Kind of the request; -1 without one. */
  readonly wanted: number
}

export interface MoveViewOptions {
  readonly pinned?: readonly string[] | undefined
  readonly costs?: FleetMoveCosts | undefined
  readonly costsPath: string
  readonly request: FleetRequest | null
}

/** Throws `MIG_FLEET_INVALID` for GPUs, requests and costs that make no sense. */
export function viewFleet(
  fleet: FleetInUse,
  { pinned, costs, costsPath, request }: MoveViewOptions,
): MoveView {
  const models = createFleetModels()
  const entries = readGpus(models, fleet.gpus)
  const kinds = createMoveKinds(models, fleet, requirePinned(fleet.gpus, pinned), request)
  const costOf = compileMoveCosts(costs, costsPath)
  const eligible = request === null ? null : findEligible(fleet, entries, request)
  const wanted = request === null ? -1 : kinds.requestKind(request, eligible !== null)

  const itemsOf = entries.map((entry) => {
    const { tables } = entry.model
    return (entry.gpu.layout ?? [])
      .map((instance): MoveItem => {
        const place = placeOf(tables, instance)
        if (place === null) throw new Error('a layout that was checked has its places')
        const { kind, mayMove } = kinds.kindOf(entry, instance, place.profilePosition)
        const name = tables.profiles[place.profilePosition]?.profile.name ?? ''
        return { place, kind, cost: mayMove ? costOf(instance, name) : -1, instance }
      })
      .sort((a, b) => a.place.number - b.place.number)
  })
  const siteOf = siteFinder(kinds.list, eligible, wanted)
  const cells = new Map<string, MoveCell>()
  const types = new Map<string, LayoutType>()
  let position = 0
  for (const [index, entry] of entries.entries()) {
    const { gpu, state, count = 1 } = entry
    const items = itemsOf[index] ?? []
    const from = position
    position += count
    if (state < 0 || count === 0) continue
    const site = siteOf.of(entry)
    const classNumber = site.residuals.classOf[state] ?? 0
    const cellKey = `${site.number}:${classNumber}`
    let cell = cells.get(cellKey)
    if (cell === undefined) {
      cell = { number: cells.size, site, classNumber, types: [] }
      cells.set(cellKey, cell)
    }
    let key = `${cell.number}`
    for (const { place, kind, cost } of items) key += `;${place.number}:${kind}:${cost}`
    let type = types.get(key)
    if (type === undefined) {
      type = { number: types.size, cell, items, members: [] }
      types.set(key, type)
      cell.types.push(type)
    }
    for (let number = 0; number < count; number += 1) {
      type.members.push({
        position: from + number,
        name: nameOf(gpu, number),
        node: gpu.node ?? null,
        entry,
        items,
      })
    }
  }
  return {
    kinds: kinds.list,
    sites: siteOf.list,
    cells: [...cells.values()],
    types: [...types.values()],
    entries,
    wanted,
  }
}

function nameOf({ id, count }: FleetGpu, number: number): string {
  return count === undefined ? id : `${id}/${number}`
}

function siteFinder(
  kinds: readonly MoveKind[],
  eligible: ((entry: FleetGpuEntry) => boolean) | null,
  wanted: number,
): { readonly list: readonly MoveSite[]; readonly of: (entry: FleetGpuEntry) => MoveSite } {
  const list: MoveSite[] = []
  const byKey = new Map<string, MoveSite>()
  const make = (entry: FleetGpuEntry): MoveSite => {
    const { model, gpu } = entry
    const open = kinds.map(
      ({ number, door }) =>
        mayEnter(gpu, door) && (number !== wanted || eligible === null || eligible(entry)),
    )
    const key = `${model.number}:${open.map(Number).join('')}`
    let site = byKey.get(key)
    if (site === undefined) {
      site = {
        number: list.length,
        model,
        residuals: requireResiduals(model.tables),
        positionsOf: kinds.map(({ options, number }) =>
          open[number] === true
            ? (options[model.number] ?? []).filter((each) => each < model.tables.profiles.length)
            : [],
        ),
      }
      list.push(site)
      byKey.set(key, site)
    }
    return site
  }
  // Most fleets ask no questions at the door.
  const isPlain =
    eligible === null &&
    kinds.every(({ door }) => door.where === undefined && door.reservation === undefined)
  const plain = new Map<FleetModel, MoveSite>()
  return {
    list,
    of: (entry) => {
      if (!isPlain || entry.gpu.reservation !== undefined) return make(entry)
      let site = plain.get(entry.model)
      if (site === undefined) {
        site = make(entry)
        plain.set(entry.model, site)
      }
      return site
    },
  }
}
