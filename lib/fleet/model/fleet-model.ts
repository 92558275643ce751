import type { FleetGpu } from '../../../types/fleet/pack.js'
import { isMigError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import { catalogGeometry, describeAmbiguity, findCatalogModel } from '../../model/catalog.js'
import { compileGeometry, requireResiduals, type Tables } from '../../solver/tables/tables.js'
import { invalid } from './invalid.js'

// A model is a geometry: GPUs with equal geometries are of one model, whatever they are called.
//
// A whole GPU is a profile, too: position `tables.profiles.length`, which only `wholeState` can take.

export interface FleetModel {
  /** Position in `FleetModels.list`. */
  readonly number: number
  readonly tables: Tables
}

export interface FleetModels {
  readonly list: FleetModel[]
  readonly byTables: Map<Tables, FleetModel>
  readonly byName: Map<string, FleetModel>
}

/** The states of a GPU with MIG off: empty, or held as a whole. Others are those of its tables. */
export const wholeState = -1
export const wholeHeldState = -2

// An idle instance is like a GPU of its own that has room for one instance of its profile.

export function idleState(place: number): number {
  return wholeHeldState - 1 - place
}

/** Number of the place of an idle instance; negative: the state is none of an idle instance. */
export function idlePlaceOf(state: number): number {
  return wholeHeldState - 1 - state
}

export function createFleetModels(): FleetModels {
  return { list: [], byTables: new Map(), byName: new Map() }
}

export function modelOf(
  models: FleetModels,
  { geometry, model: name }: FleetGpu,
  path: readonly (string | number)[],
): FleetModel {
  if (geometry !== undefined) {
    try {
      return modelWith(models, compileGeometry(geometry))
    } catch (error) {
      if (isMigError(error) || error instanceof TypeError) {
        throw invalid([...path, 'geometry'], `is invalid: ${error.message}`)
      }
      throw error
    }
  }
  if (name === undefined) throw invalid(path, 'has neither geometry nor model')
  return cached(models.byName, name, () => {
    const ambiguity = describeAmbiguity(name)
    if (ambiguity !== null) throw invalid([...path, 'model'], `is ambiguous: ${ambiguity}`)
    const found = findCatalogModel(name)
    const published = found === null ? null : catalogGeometry(found)
    if (published === null) {
      throw invalid([...path, 'model'], `is ${name}, and no geometry of such a model is published`)
    }
    return modelWith(models, compileGeometry(published))
  })
}

function modelWith({ list, byTables }: FleetModels, tables: Tables): FleetModel {
  return cached(byTables, tables, () => {
    requireResiduals(tables)
    const model = { number: list.length, tables }
    list.push(model)
    return model
  })
}

/** MiB of the profile at a position; a whole GPU counts as its largest profile. */
export function memoryOf({ tables: { profiles } }: FleetModel, position: number): number {
  return (
    profiles[position]?.profile.memoryMiB ??
    Math.max(...profiles.map(({ profile }) => profile.memoryMiB))
  )
}
