import type {
  ComputeInstanceProfile,
  Engines,
  Geometry,
  GpuInstanceProfile,
  Placement,
} from '../../../types/model/geometry.js'
import type {
  Layout,
  Partition,
  PlacedComputeInstance,
  PlacedGpuInstance,
  WantedDevices,
} from '../../../types/solver/layout.js'
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

// An object of a caller may answer differently each time that it is read. The solver therefore reads each
// value of a layout or a partition once: it copies them, or goes through them in one loop. The checks of
// whole lists are for copies; the loops use the checks of one element.

/**
 * Throws `MIG_SOLVER_INPUT` for a value that is no layout, which a program without types may pass. It
 * does not check whether the GPU can be in the layout.
 */
export function checkLayoutShape(layout: Layout): void {
  checkIsLayout(layout)
  for (const instance of layout) {
    checkIsInstance(instance)
    checkPartsShape(instance.placement, instance.computeInstances)
  }
}

/** The elements of a list, each read once. They are the caller's own objects. */
export function listOnce<T>(list: readonly T[]): readonly T[] {
  if (!Array.isArray(list)) throw noLayout()
  const { length } = list
  const elements: T[] = []
  for (let index = 0; index < length; index += 1) elements.push(list[index] as T)
  return elements
}

/** A GPU instance of the caller, and its values, each read once. */
export interface ReadInstance {
  readonly given: PlacedGpuInstance
  readonly profileId: number
  readonly placement: Placement
  readonly computeInstances: readonly ReadPart[]
}

export type ReadPart = Pick<PlacedComputeInstance, 'sliceCount' | 'placement'>

/** The instances of a layout. Throws `MIG_SOLVER_INPUT` for a value that is no layout. */
export function readLayout(layout: Layout): readonly ReadInstance[] {
  return listOnce(layout).map((given) => {
    checkIsInstance(given)
    const { profileId, placement, computeInstances } = given
    const parts = listOnce(computeInstances)
    checkPartsShape(placement, parts)
    return {
      given,
      profileId,
      placement: { start: placement.start, size: placement.size },
      computeInstances: parts.map(readPart),
    }
  })
}

function readPart({ sliceCount, placement }: PlacedComputeInstance): ReadPart {
  if (placement === null) return { sliceCount, placement }
  return { sliceCount, placement: { start: placement.start, size: placement.size } }
}

export function checkIsLayout(layout: Layout): void {
  if (!Array.isArray(layout)) throw noLayout()
}

export function checkIsInstance(instance: PlacedGpuInstance | undefined): asserts instance {
  if (!isObject(instance)) throw noLayout()
}

export function checkPartsShape(
  placement: Placement,
  computeInstances: readonly PlacedComputeInstance[],
): void {
  if (!isObject(placement) || !Array.isArray(computeInstances)) throw noLayout()
  const { length } = computeInstances
  for (let index = 0; index < length; index += 1) {
    if (!isObject(computeInstances[index])) throw noLayout()
  }
}

function noLayout(): MigError {
  return new MigError(
    'MIG_SOLVER_INPUT',
    'A layout is a list of GPU instances, each with its profile, placement and compute instances.',
  )
}

/** Throws `MIG_SOLVER_INPUT` for a value that is no partition. It does not check the counts. */
export function checkPartitionShape(partition: Partition): void {
  checkIsPartition(partition)
  for (const devices of partition) checkIsDevices(devices)
}

export function checkIsPartition(partition: Partition): void {
  if (!Array.isArray(partition)) throw noPartition()
}

export function checkIsDevices(devices: WantedDevices | undefined): asserts devices {
  if (!isObject(devices)) throw noPartition()
}

function noPartition(): MigError {
  return new MigError(
    'MIG_SOLVER_INPUT',
    'A partition is a list of sizes, each with its profile, compute slices and count.',
  )
}

/** The entries of a demand. Throws `MIG_SOLVER_INPUT` for a value that is no demand. */
export function readDemand(demand: readonly Demand[]): readonly Demand[] {
  if (!Array.isArray(demand)) throw noDemand()
  return listOnce<Demand>(demand).map((entry) => {
    if (!isObject(entry)) throw noDemand()
    return { profileId: entry.profileId, weight: entry.weight }
  })
}

function noDemand(): MigError {
  return new MigError(
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

function isObject<T extends object>(value: T | null | undefined): value is T {
  return typeof value === 'object' && value !== null
}
