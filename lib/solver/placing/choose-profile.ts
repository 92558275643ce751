import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import type {
  ChooseOptions,
  ChosenProfile,
  NeedName,
  Needs,
  NoProfile,
} from '../../../types/solver/choose-profile.js'
import type { GeometryTables } from '../../../types/solver/tables.js'
import { MigError } from '../../errors.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import { anything, objectOf } from '../../model/checks/kinds.js'
import { deepFreeze } from '../../model/freeze.js'
import { at, wordAt } from '../../model/numbers.js'
import { engineKinds } from '../tables/limits.js'
import {
  type CompiledPlacement,
  type CompiledProfile,
  compileGeometry,
  stateOf,
  type Tables,
} from '../tables/tables.js'

export interface Need {
  readonly name: NeedName
  readonly wanted: number
  readonly of: (profile: GpuInstanceProfile) => number
}

const chooseRules: RulesOf<ChooseOptions> = { layout: anything }
const chooseOptions = objectOf(chooseRules)

/**
 * The smallest profile that serves a program. With a layout, the smallest of those that have a place
 * beside it.
 *
 * Throws `MIG_SOLVER_INPUT` for a need that is not a whole number from 0 and for a layout that the GPU
 * cannot be in, `MIG_GEOMETRY_UNKNOWN` for a geometry that no driver reports, and a `TypeError` for
 * unknown options.
 */
export function chooseProfile(
  gpu: Geometry | GeometryTables,
  needs: Needs,
  options: ChooseOptions = {},
): ChosenProfile | NoProfile {
  const given = typeof options === 'object' && options !== null ? { ...options } : options
  checkOptions('chooseProfile', given, chooseOptions)
  const { layout = [] } = given
  const tables = compileGeometry(gpu)
  const state = stateOf(tables, layout)
  const needed = listNeeds(needs)
  const serving = tables.profiles
    .filter(({ profile }) => needed.every(({ wanted, of }) => of(profile) >= wanted))
    .map((profile) => ({ profile, best: findBestPlace(tables, state, profile) }))
    .sort((a, b) => compareChoices(a, b))
  const [smallest] = serving.filter(({ best }) => best !== null)
  if (smallest === undefined || smallest.best === null) {
    const profileIds = serving.map(({ profile }) => profile.profile.id)
    return deepFreeze(
      profileIds.length > 0
        ? { kind: 'none', reason: { kind: 'no-place', profileIds } }
        : explainNone(tables, needed),
    )
  }
  const { profile, best } = smallest
  return deepFreeze({
    kind: 'profile',
    profileId: profile.profile.id,
    sliceCount: profile.profile.sliceCount,
    enoughSliceCount: findEnoughSlices(profile, needed),
    placement: { ...best.place.placement },
    room: best.room,
    blocked: serving
      .filter((other) => other.best === null && compareSizes(other.profile, profile) < 0)
      .map((other) => other.profile.profile.id),
  })
}

/**
 * The needs that are not 0. Throws `MIG_SOLVER_INPUT` for an amount that is not a whole number from 0.
 */
export function listNeeds(needs: Needs): readonly Need[] {
  const { memoryMiB, computeSlices, multiprocessors, engines } = needs
  const list: readonly (Omit<Need, 'wanted'> & { readonly wanted: number | undefined })[] = [
    { name: 'memoryMiB', wanted: memoryMiB, of: (profile) => profile.memoryMiB },
    { name: 'computeSlices', wanted: computeSlices, of: (profile) => profile.sliceCount },
    {
      name: 'multiprocessors',
      wanted: multiprocessors,
      of: (profile) => profile.multiprocessorCount,
    },
    ...engineKinds.map((engine) => ({
      name: engine,
      wanted: engines?.[engine],
      of: (profile: GpuInstanceProfile) => profile.engines[engine],
    })),
  ]
  return list.flatMap(({ name, wanted = 0, of }) => {
    if (!(Number.isSafeInteger(wanted) && wanted >= 0)) {
      throw new MigError(
        'MIG_SOLVER_INPUT',
        `The need ${name} must be a whole number from 0, not ${wanted}.`,
      )
    }
    return wanted === 0 ? [] : [{ name, wanted, of }]
  })
}

interface Place {
  readonly place: CompiledPlacement
  readonly room: number | null
}

interface Choice {
  readonly profile: CompiledProfile
  /** Null: no place beside the layout. */
  readonly best: Place | null
}

function findBestPlace(
  { states, residuals }: Tables,
  state: number,
  profile: CompiledProfile,
): Place | null {
  const next = states.nextOf(state)
  let best: Place | null = null
  for (const place of profile.placements) {
    const after = wordAt(next, place.number)
    if (after < 0) continue
    const room =
      residuals === null
        ? null
        : at(residuals.classes, wordAt(residuals.classOf, after)).partitions.length
    if (best === null || (room ?? 0) > (best.room ?? 0)) best = { place, room }
  }
  return best
}

function compareChoices(a: Choice, b: Choice): number {
  return (
    compareSizes(a.profile, b.profile) ||
    (b.best?.room ?? 0) - (a.best?.room ?? 0) ||
    a.profile.position - b.profile.position
  )
}

function compareSizes(a: CompiledProfile, b: CompiledProfile): number {
  return a.unitCount - b.unitCount || a.profile.sliceCount - b.profile.sliceCount
}

/**
 * A size with unknown multiprocessors serves only a program that does not need a number of them.
 */
function findEnoughSlices({ profile, compute }: CompiledProfile, needed: readonly Need[]): number {
  const amountOf = (wanted: NeedName): number =>
    needed.find(({ name }) => name === wanted)?.wanted ?? 0
  const computeSlices = amountOf('computeSlices')
  const multiprocessors = amountOf('multiprocessors')
  const enough = compute.sizes
    .map(({ sliceCount }) => sliceCount)
    .filter((sliceCount) => {
      const sameSize = (profile.computeInstanceProfiles ?? []).filter(
        (entry) => entry.sliceCount === sliceCount,
      )
      // An apply may create either of two profiles with one slice count.
      const there = Math.min(...sameSize.map((entry) => entry.multiprocessorCount))
      const known = sameSize.length > 0 ? there : 0
      return sliceCount >= computeSlices && known >= multiprocessors
    })
  return Math.min(profile.sliceCount, ...enough)
}

function explainNone({ profiles }: Tables, needed: readonly Need[]): NoProfile {
  for (const { name, wanted, of } of needed) {
    const available = Math.max(0, ...profiles.map(({ profile }) => of(profile)))
    if (wanted > available) {
      return { kind: 'none', reason: { kind: 'too-much', need: name, wanted, available } }
    }
  }
  return {
    kind: 'none',
    reason: {
      kind: 'not-together',
      lacks: profiles.map(({ profile }) => ({
        profileId: profile.id,
        needs: needed.filter(({ wanted, of }) => of(profile) < wanted).map(({ name }) => name),
      })),
    },
  }
}
