// The tables of one GPU, and how to read them. All of it hangs on what `compileGeometry` returns:
//
//   const tables = compileGeometry(gpu)           one for all equal GPUs, so a good key of a Map
//   let state = stateOf(tables, layout)           0 is the empty GPU; throws for an illegal layout
//   tables.states.nextOf(state)[place.number]     the state with an instance there, -1: not legal
//   tables.states.masks[state]                    its occupied units
//
// `place` is one of `tables.places` or of `tables.profiles[…].placements`. A layout is legal exactly
// when walking its places from state 0, in any order, never meets -1.
//
// What can still be placed, where the GPU is small enough to list it (every GPU known so far is):
//
//   const residuals = requireResiduals(tables)    throws `MIG_SOLVER_LIMIT` where it is not
//   residuals.classOf[state]                      two GPUs in one class have the same future
//   residuals.classes[class].undominated          the patterns that a class can take; a partition
//                                                 fits exactly when it is a part of one of them
//   residuals.partitions.counts[number]           a pattern: instances by profile position
//   residuals.partitions.find(counts)             and back; -1: not even the empty GPU takes it
//   residuals.holds(class, number)                whether it can be added
//   residuals.additional[class * profiles + position]   the most of one profile that can be added
//
// Classes are ordered by how many partitions they can take, 0 (the empty GPU) the most. Which class
// follows when something is placed depends on where: go by states, and look the class up.

import type { Geometry, Placement } from '../../../types/model/geometry.js'
import type { Layout, PlacedGpuInstance } from '../../../types/solver/layout.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { MigError } from '../../errors.js'
import { wordAt } from '../../model/numbers.js'
import { checkIsInstance, checkIsLayout, checkPartsShape } from './check-input.js'
import { compileGeometry } from './compile-geometry.js'
import type { CompiledPlacement, CompiledProfile, ResidualTable, Tables } from './table-types.js'

export { emptyClass } from './residual-classes.js'
export type * from './table-types.js'
export { compileGeometry }

/** `compileGeometry` with the public type of the tables. */
export const compileGeometryTables: (gpu: Geometry | GeometryTables) => GeometryTables =
  compileGeometry

/**
 * The state of a GPU with the instances of a layout added to the state `from`. Reads each value of the
 * layout once, and adds the places of its instances to `places`. Throws `MIG_SOLVER_INPUT` for a layout
 * that this GPU cannot be in.
 */
export function stateOf(
  tables: Tables,
  layout: Layout,
  places?: CompiledPlacement[],
  from: number = 0,
): number {
  checkIsLayout(layout)
  const { length } = layout
  let state = from
  for (let index = 0; index < length; index += 1) {
    const instance = layout[index]
    checkIsInstance(instance)
    const { profileId, placement, computeInstances } = instance
    checkPartsShape(placement, computeInstances)
    const { start, size } = placement
    const place = findPlace(tables, profileId, start, size)
    const next = nextState(tables, state, place)
    if (place === null || next < 0) throw refused(tables, profileId, { start, size })
    places?.push(place)
    state = next
  }
  return state
}

/** The state with one more instance. Throws `MIG_SOLVER_INPUT` if it is not legal there. */
export function stateWith(tables: Tables, state: number, instance: PlacedGpuInstance): number {
  const next = nextState(tables, state, placeOf(tables, instance))
  if (next < 0) throw refused(tables, instance.profileId, instance.placement)
  return next
}

function nextState(tables: Tables, state: number, place: CompiledPlacement | null): number {
  return place === null ? -1 : wordAt(tables.states.nextOf(state), place.number)
}

/** Null: the geometry does not have this profile, or not at this place. */
export function placeOf(
  tables: Tables,
  { profileId, placement }: Pick<PlacedGpuInstance, 'profileId' | 'placement'>,
): CompiledPlacement | null {
  return findPlace(tables, profileId, placement.start, placement.size)
}

function findPlace(
  { profileById }: Tables,
  profileId: number,
  start: number,
  size: number,
): CompiledPlacement | null {
  const profile = profileById.get(profileId)
  if (profile === undefined) return null
  for (const place of profile.placements) {
    if (place.placement.start === start && place.placement.size === size) return place
  }
  return null
}

/** Throws `MIG_SOLVER_INPUT` for an id that the geometry does not have. */
export function profileWith(tables: Tables, profileId: number): CompiledProfile {
  const profile = tables.profileById.get(profileId)
  if (profile === undefined) {
    const names = tables.profiles.map((each) => `${each.profile.id} (${each.profile.name})`)
    throw new MigError(
      'MIG_SOLVER_INPUT',
      `The GPU has no profile ${profileId}; it has ${names.join(', ')}.`,
    )
  }
  return profile
}

/** Throws `MIG_SOLVER_LIMIT` for a GPU with too many states or partitions to list them all. */
export function requireResiduals(tables: Tables): ResidualTable {
  if (tables.residuals === null) {
    throw new MigError(
      'MIG_SOLVER_LIMIT',
      `A GPU with ${tables.places.length} placements can be in too many states to list what each can take.`,
    )
  }
  return tables.residuals
}

function refused(tables: Tables, profileId: number, { start, size }: Placement): MigError {
  const { profile } = profileWith(tables, profileId)
  const why =
    findPlace(tables, profileId, start, size) === null
      ? 'which is not a placement of that profile'
      : 'where it overlaps an instance before it, or exceeds what the GPU can hold'
  return new MigError(
    'MIG_SOLVER_INPUT',
    `The layout has ${profile.name} at ${start}:${size}, ${why}.`,
  )
}
