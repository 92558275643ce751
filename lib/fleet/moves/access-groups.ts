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
  /** Profile positions by kind. Empty: the kind may not enter. */
  readonly positionsOf: readonly (readonly number[])[]
  /** Everything on these GPUs has to leave. */
  readonly isDrained: boolean
  /** For idle instances, each as a GPU of its own: the group of the GPUs that have them, and their profile. */
  readonly slot?: { readonly host: AccessGroup; readonly position: number }
}

/** Whether the kind may enter any GPU. */
export function hasPlaces(accessGroups: readonly AccessGroup[], kind: number): boolean {
  return accessGroups.some(({ positionsOf }) => (positionsOf[kind] ?? []).length > 0)
}

const nowhere: readonly number[] = []

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
  const find = (entry: Entry): AccessGroup => {
    const { model, gpu } = entry
    const isDrained = drained.has(gpu)
    const open = kindsOf(gpu).filter(
      (number) => number !== wanted || eligible === null || eligible(entry),
    )
    return cached(byKey, `${model.number}:${open.join()}:${isDrained}`, () => {
      const isOpen = new Set(open)
      const group: AccessGroup = {
        number: list.length,
        model,
        residuals: requireResiduals(model.tables),
        positionsOf: kinds.map(({ options, number }) =>
          isOpen.has(number)
            ? (options[model.number] ?? []).filter((each) => each < model.tables.profiles.length)
            : nowhere,
        ),
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
