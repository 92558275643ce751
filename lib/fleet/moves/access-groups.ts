import type { FleetGpu } from '../../../types/fleet/pack.js'
import { cached } from '../../model/cached.js'
import { type ResidualTable, requireResiduals } from '../../solver/tables/tables.js'
import type { FleetModel } from '../model/fleet-model.js'
import { indexAccesses } from '../pack/index-accesses.js'
import type { GpuBatch } from './gpu-batches.js'
import type { MoveKind } from './move-kinds.js'

/** GPUs of one model that the same kinds may enter. */
export interface AccessGroup {
  readonly number: number
  readonly model: FleetModel
  readonly residuals: ResidualTable
  /** Profile positions of the kinds that may enter. */
  readonly positionsOf: ReadonlyMap<number, readonly number[]>
  /** Those of any kind, ascending. Groups of one model with the same positions share the list. */
  readonly positions: readonly number[]
  /** Everything on these GPUs has to leave. */
  readonly isDrained: boolean
  /** For idle instances, each as a GPU of its own: the group of the GPUs that have them, and their profile. */
  readonly slot?: { readonly host: AccessGroup; readonly position: number }
}

/** Whether the kind may enter any GPU. */
export function hasPlaces(accessGroups: readonly AccessGroup[], kind: number): boolean {
  return accessGroups.some(({ positionsOf }) => positionsOf.has(kind))
}

/** The kinds that may enter any GPU. */
export function kindsWithPlaces(accessGroups: readonly AccessGroup[]): ReadonlySet<number> {
  const kinds = new Set<number>()
  for (const { positionsOf } of accessGroups) for (const kind of positionsOf.keys()) kinds.add(kind)
  return kinds
}

/** Profile positions that any kind may have on GPUs of the model, ascending. */
export function positionsOn(
  accessGroups: readonly AccessGroup[],
  model: FleetModel,
): readonly number[] {
  const ofModel = accessGroups.filter((accessGroup) => accessGroup.model === model)
  return [...new Set(ofModel.flatMap(({ positions }) => positions))].sort((a, b) => a - b)
}

/** Where a kind may go. */
export interface KindPlaces {
  readonly accessGroup: AccessGroup
  readonly positions: readonly number[]
}

/** By kind, in the order of the groups. Each request may have few GPUs of its own, so only those are visited. */
export function listPlacesByKind(
  accessGroups: readonly AccessGroup[],
  kindCount: number,
): readonly (readonly KindPlaces[])[] {
  const found = Array.from({ length: kindCount }, (): KindPlaces[] => [])
  for (const accessGroup of accessGroups) {
    for (const [kind, positions] of accessGroup.positionsOf)
      found[kind]?.push({ accessGroup, positions })
  }
  return found
}

type Entry = GpuBatch['entry']

export interface AccessGroupFinder {
  readonly list: readonly AccessGroup[]
  readonly of: (entry: Entry) => AccessGroup
}

export function createAccessGroupFinder(
  kinds: readonly MoveKind[],
  wanted: number,
  /** Which GPUs the wanted kind may enter. Null: its `access` decides alone. */
  eligible: ((entry: Entry) => boolean) | null,
  /** Cordoned GPUs that everything has to leave. */
  drained: ReadonlySet<FleetGpu>,
): AccessGroupFinder {
  const kindsOf = indexAccesses(kinds.map(({ access }) => access))
  const list: AccessGroup[] = []
  const byKey = new Map<string, AccessGroup>()
  const sharePositions = createPositionLists()
  const find = (entry: Entry): AccessGroup => {
    const { model, gpu } = entry
    const isDrained = drained.has(gpu)
    const { numbers, key } = kindsOf(gpu)
    const isBarred = eligible !== null && numbers.includes(wanted) && !eligible(entry)
    const open = isBarred ? numbers.filter((number) => number !== wanted) : numbers
    return cached(byKey, `${model.number}:${isDrained}:${isBarred ? open.join() : key}`, () => {
      const { length: whole } = model.tables.profiles
      const positionsOf = new Map<number, readonly number[]>()
      for (const number of open) {
        const options = kinds[number]?.options[model.number] ?? []
        const positions = options.includes(whole) ? options.filter((each) => each < whole) : options
        if (positions.length > 0) positionsOf.set(number, positions)
      }
      const group: AccessGroup = {
        number: list.length,
        model,
        residuals: requireResiduals(model.tables),
        positionsOf,
        positions: sharePositions(model, positionsOf),
        isDrained,
      }
      list.push(group)
      return group
    })
  }
  // Most fleets have no filters and no reservations: then the model decides alone.
  const isPlain =
    eligible === null &&
    kinds.every(({ access }) => access.where === undefined && access.reservation === undefined)
  const plain = new Map<FleetModel, AccessGroup>()
  return {
    list,
    of: (entry) => {
      const { reservation, cordoned } = entry.gpu
      if (!isPlain || reservation !== undefined || cordoned === true) return find(entry)
      return cached(plain, entry.model, () => find(entry))
    },
  }
}

/** Lists the positions of a group's kinds. Fleets with filters have thousands of groups, and few such lists. */
function createPositionLists(): (
  model: FleetModel,
  positionsOf: AccessGroup['positionsOf'],
) => readonly number[] {
  const byKey = new Map<string, readonly number[]>()
  return (model, positionsOf) => {
    const isThere: boolean[] = []
    for (const positions of positionsOf.values())
      for (const position of positions) isThere[position] = true
    const found: number[] = []
    for (const [position, is] of isThere.entries()) if (is) found.push(position)
    return cached(byKey, `${model.number}:${found.join()}`, () => found)
  }
}
