import type { FleetGpu } from '../../../types/fleet/pack.js'
import { type ResidualTable, requireResiduals } from '../../solver/tables/tables.js'
import type { FleetModel } from '../model/fleet-model.js'
import { mayEnter } from '../model/gpu-filter.js'
import type { GpuBatch } from './gpu-batches.js'
import type { MoveKind } from './move-kinds.js'

/** GPUs of one model that let in the same. */
export interface MoveSite {
  readonly number: number
  readonly model: FleetModel
  readonly residuals: ResidualTable
  /** Profile positions by kind; none: not let in. */
  readonly positionsOf: readonly (readonly number[])[]
  /** What is there is to go. */
  readonly isDrained: boolean
}

/** Whether anything of this kind may go anywhere. */
export function hasPlaces(sites: readonly MoveSite[], kind: number): boolean {
  return sites.some(({ positionsOf }) => (positionsOf[kind] ?? []).length > 0)
}

type Entry = GpuBatch['entry']

export interface SiteFinder {
  readonly list: readonly MoveSite[]
  readonly of: (entry: Entry) => MoveSite
}

export function createSiteFinder(
  kinds: readonly MoveKind[],
  /** Which GPUs the request may use. Null: its door says it all. */
  eligible: ((entry: Entry) => boolean) | null,
  wanted: number,
  /** Of those that are cordoned. */
  drained: ReadonlySet<FleetGpu>,
): SiteFinder {
  const list: MoveSite[] = []
  const byKey = new Map<string, MoveSite>()
  const make = (entry: Entry): MoveSite => {
    const { model, gpu } = entry
    const isDrained = drained.has(gpu)
    const open = kinds.map(
      ({ number, door }) =>
        mayEnter(gpu, door) && (number !== wanted || eligible === null || eligible(entry)),
    )
    const key = `${model.number}:${open.map(Number).join('')}:${isDrained}`
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
        isDrained,
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
      const { reservation, cordoned } = entry.gpu
      if (!isPlain || reservation !== undefined || cordoned === true) return make(entry)
      let site = plain.get(entry.model)
      if (site === undefined) {
        site = make(entry)
        plain.set(entry.model, site)
      }
      return site
    },
  }
}
