import type {
  ComputeInstanceProfile,
  Engines,
  Geometry,
  GpuInstanceProfile,
} from '../../../types/model/geometry.js'
import type { Layout, Partition } from '../../../types/solver/layout.js'
import type { Demand } from '../../../types/solver/placing.js'
import { MigError } from '../../errors.js'
import { describeFault, findFault, type RulesOf, showValue } from '../../model/checks/find-fault.js'
import { either, list, listOf, oneOf, openObjectOf, wholeFrom } from '../../model/checks/kinds.js'
import { formatPath } from '../../model/document-path.js'
import { engineKinds } from './limits.js'

/** The most compute slices of one profile. Without a limit, the ways to split it could not be listed. */
const mostSlices = 64

/** A petabyte: sums over a fleet stay exact. */
const mostMemoryMiB = 2 ** 30

const amount = wholeFrom(0)
const slices = wholeFrom(1, mostSlices)

export const engineRules: RulesOf<Engines> = {
  copy: amount,
  decoder: amount,
  encoder: amount,
  jpeg: amount,
  ofa: amount,
}

type ComputeAmounts = Pick<ComputeInstanceProfile, 'sliceCount' | 'instanceCount'>

const computeRules: RulesOf<ComputeAmounts> = { sliceCount: slices, instanceCount: amount }

/** The names do not matter, and the placements are checked where masks are made of them. */
const profileRules: RulesOf<Omit<GpuInstanceProfile, 'index' | 'name'>> = {
  id: amount,
  sliceCount: slices,
  instanceCount: amount,
  multiprocessorCount: amount,
  engines: openObjectOf(engineRules, ...engineKinds),
  memoryMiB: wholeFrom(0, mostMemoryMiB),
  placements: list,
  computeInstanceProfiles: either(
    oneOf(null),
    listOf(openObjectOf(computeRules, 'sliceCount', 'instanceCount')),
  ),
}

const profileRule = openObjectOf(
  profileRules,
  ...Object.keys(profileRules).filter((name) => name !== 'computeInstanceProfiles'),
)

/** Throws `MIG_GEOMETRY_UNKNOWN` for profiles that no driver would report. */
export function checkGeometry({ profiles }: Geometry): void {
  const ids = new Set<number>()
  for (const profile of profiles) {
    const fault = findFault(profile, profileRule)
    if (fault !== null) {
      const what = `${formatPath(fault.path)} ${describeFault(fault)}`
      throw new MigError(
        'MIG_GEOMETRY_UNKNOWN',
        `The geometry has a wrong profile ${profile.name}: ${what}.`,
      )
    }
    if (ids.has(profile.id)) {
      throw new MigError(
        'MIG_GEOMETRY_UNKNOWN',
        `The geometry has two profiles with the id ${profile.id}.`,
      )
    }
    ids.add(profile.id)
  }
}

// A solver's question costs microseconds, and these checks are part of each. So they are loops over the
// fields that matter, not rules.

/**
 * Throws `MIG_SOLVER_INPUT` for a value that is not a layout, which a program without types may pass. It does
 * not check whether the GPU can be in it.
 */
export function checkLayoutShape(layout: Layout): void {
  if (Array.isArray(layout) && isListOf(layout, isInstance)) return
  throw new MigError(
    'MIG_SOLVER_INPUT',
    'A layout is a list of GPU instances, each with its profile, placement and compute instances.',
  )
}

/** Throws `MIG_SOLVER_INPUT` for a value that is not a partition. It does not check the counts. */
export function checkPartitionShape(partition: Partition): void {
  if (Array.isArray(partition) && isListOf(partition, isObject)) return
  throw new MigError(
    'MIG_SOLVER_INPUT',
    'A partition is a list of sizes, each with its profile, compute slices and count.',
  )
}

/** Throws `MIG_SOLVER_INPUT` for a value that is not a demand. It does not check the weights. */
export function checkDemandShape(demand: readonly Demand[]): void {
  if (Array.isArray(demand) && isListOf(demand, isObject)) return
  throw new MigError(
    'MIG_SOLVER_INPUT',
    'A demand is a list of profiles, each with its id and its weight.',
  )
}

/** Throws `MIG_SOLVER_INPUT` if the only argument, which has everything, is missing. */
export function checkProblemShape(problem: object): void {
  if (isObject(problem)) return
  throw new MigError(
    'MIG_SOLVER_INPUT',
    `The problem must be an object, not ${showValue(problem)}.`,
  )
}

function isInstance(instance: Layout[number] | null | undefined): boolean {
  return (
    isObject(instance) &&
    isObject(instance.placement) &&
    Array.isArray(instance.computeInstances) &&
    isListOf(instance.computeInstances, isObject)
  )
}

/** A loop costs a third of `every`. */
function isListOf<T>(list: readonly T[], isSound: (item: T | undefined) => boolean): boolean {
  for (let index = 0; index < list.length; index += 1) {
    if (!isSound(list[index])) return false
  }
  return true
}

function isObject(value: object | null | undefined): value is object {
  return typeof value === 'object' && value !== null
}
