import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { MigError } from '../../errors.js'
import { deepFreeze } from '../../model/freeze.js'
import { checkGeometry, listOnce } from './check-input.js'
import { compileComputeTable } from './compute-table.js'
import { findBindingLimits } from './limits.js'
import { countDisjoint, countUnits, findBounds, placementMask } from './placement-masks.js'
import { createResidualTable } from './residual-table.js'
import { createStateTable } from './state-table.js'
import type { CompiledProfile, ResidualTable, StateTable, Tables } from './table-types.js'

const compiled = new WeakMap<Geometry | GeometryTables, Tables>()

/**
 * By content, so that eight equal GPUs are compiled once, even if different objects describe them.
 */
const compiledByContent = new Map<string, Tables>()
const mostKept = 64

/**
 * The tables of a geometry, which every question takes in place of the geometry. They are computed once
 * for each content, and remembered for each object, so do not change a geometry afterwards. Throws
 * `MIG_GEOMETRY_UNKNOWN` for a geometry that no driver reports.
 */
export function compileGeometry(geometry: Geometry | GeometryTables): Tables {
  let result = compiled.get(geometry)
  if (result === undefined) {
    if (typeof geometry !== 'object' || geometry === null) {
      throw new MigError('MIG_GEOMETRY_UNKNOWN', `The geometry must be an object, not ${geometry}.`)
    }
    result = compileContent(geometry)
    compiled.set(geometry, result)
    compiled.set(result, result)
  }
  return result
}

function compileContent(geometry: Geometry | GeometryTables): Tables {
  const { profiles: list } = geometry
  if (!Array.isArray(list)) {
    throw new MigError('MIG_GEOMETRY_UNKNOWN', 'A geometry must have a list of profiles.')
  }
  const given = listOnce<unknown>(list)
  for (const entry of given) {
    if (typeof entry !== 'object' || entry === null) {
      throw new MigError(
        'MIG_GEOMETRY_UNKNOWN',
        `The profiles of a geometry must be objects, not ${entry}.`,
      )
    }
  }
  const content = JSON.stringify(
    (given as readonly object[]).map((entry) => ('profile' in entry ? entry.profile : entry)),
  )
  const known = compiledByContent.get(content)
  if (known !== undefined) return known
  // Compiles what was read, because the object may say something else when it is read again.
  const profiles: readonly GpuInstanceProfile[] = JSON.parse(content)
  const result = compile({ profiles: deepFreeze(profiles) })
  const [oldest] = compiledByContent.keys()
  if (compiledByContent.size >= mostKept && oldest !== undefined) compiledByContent.delete(oldest)
  compiledByContent.set(content, result)
  return result
}

function compile(geometry: Geometry): Tables {
  checkGeometry(geometry)
  const bounds = findBounds(geometry)
  const profiles: CompiledProfile[] = []
  let placesBefore = 0
  for (const [position, profile] of geometry.profiles.entries()) {
    profiles.push(compileProfile(profile, position, placesBefore, bounds))
    placesBefore += profile.placements.length
  }
  const profileById = new Map(profiles.map((entry) => [entry.profile.id, entry]))
  const total = (amount: (profile: GpuInstanceProfile) => number): number =>
    Math.max(0, ...profiles.map((entry) => amount(entry.profile) * Math.max(1, entry.maximum)))
  const base = {
    profiles,
    profileById,
    places: profiles.flatMap((entry) => entry.placements),
    searchOrder: [...profiles].sort(
      (a, b) =>
        b.unitCount - a.unitCount ||
        a.placements.length - b.placements.length ||
        a.position - b.position,
    ),
    maskCount: 2 ** Math.max(0, bounds.length - 1),
    memoryUnits: countUnits(profiles.flatMap((entry) => entry.profile.placements)),
    // NVML does not report what the whole GPU has. It has at least as much as the largest profile, and
    // at least as much as the instances of one profile that can exist side by side.
    computeSlices: total((profile) => profile.sliceCount),
    engines: {
      copy: total((profile) => profile.engines.copy),
      decoder: total((profile) => profile.engines.decoder),
      encoder: total((profile) => profile.engines.encoder),
      jpeg: total((profile) => profile.engines.jpeg),
      ofa: total((profile) => profile.engines.ofa),
    },
  }
  let states: StateTable | undefined
  let residuals: ResidualTable | null | undefined
  const result: Tables = {
    ...base,
    limits: findBindingLimits(base),
    get states() {
      states ??= createStateTable(result)
      return states
    },
    get residuals() {
      if (residuals === undefined) residuals = createResidualTable(result)
      return residuals
    },
  }
  return result
}

function compileProfile(
  profile: GpuInstanceProfile,
  position: number,
  placesBefore: number,
  bounds: readonly number[],
): CompiledProfile {
  const placements = profile.placements
    .toSorted((a, b) => a.start - b.start || a.size - b.size)
    .map((placement, index) => ({
      number: placesBefore + index,
      profilePosition: position,
      placement,
      mask: placementMask(placement, bounds),
    }))
  return {
    position,
    profile,
    placements,
    maximum: Math.min(profile.instanceCount, countDisjoint(profile.placements)),
    unitCount: placements.length === 0 ? 0 : Math.min(...placements.map((p) => p.placement.size)),
    compute: compileComputeTable(profile),
  }
}
