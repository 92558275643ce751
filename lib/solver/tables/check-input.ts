import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { Layout, Partition } from '../../../types/solver/layout.js'
import type { Demand } from '../../../types/solver/placing.js'
import { MigError } from '../../errors.js'
import { engineKinds } from './limits.js'

/** The most compute slices of one profile; without a bound the ways to split it could not be listed. */
const mostSlices = 64

/** Throws `MIG_GEOMETRY_UNKNOWN` for what no driver would report. */
export function checkGeometry(geometry: Geometry): void {
  const ids = new Set<number>()
  for (const profile of geometry.profiles) {
    checkProfile(profile)
    if (ids.has(profile.id)) refuse('The geometry has two profiles with one id.')
    ids.add(profile.id)
  }
}

function checkProfile(profile: GpuInstanceProfile): void {
  const { id, name, sliceCount, placements, engines, computeInstanceProfiles } = profile
  const lists = [placements, computeInstanceProfiles ?? []]
  if (typeof engines !== 'object' || engines === null || !lists.every(Array.isArray)) {
    refuse(`The geometry lacks placements or engines of profile ${name}.`)
  }
  const amounts = [
    profile.instanceCount,
    ...engineKinds.map((kind) => engines[kind]),
    ...(computeInstanceProfiles ?? []).map((compute) => compute.instanceCount),
  ]
  const slices = [sliceCount, ...(computeInstanceProfiles ?? []).map((each) => each.sliceCount)]
  if (!(Number.isSafeInteger(id) && amounts.every(isAmount))) {
    refuse(`The geometry has an id or an amount of ${name} that is no whole number from 0.`)
  }
  if (!slices.every((count) => isAmount(count) && count >= 1 && count <= mostSlices)) {
    refuse(`The geometry has ${name} with compute slices that are not 1 to ${mostSlices}.`)
  }
}

/**
 * Throws `MIG_SOLVER_INPUT` for what is no layout at all, as a program without types may pass. Whether
 * the GPU can be in it is another question.
 */
export function checkLayoutShape(layout: Layout): void {
  if (Array.isArray(layout) && isListOf(layout, isInstance)) return
  throw new MigError(
    'MIG_SOLVER_INPUT',
    'A layout is a list of GPU instances, each with its profile, placement and compute instances.',
  )
}

/** Throws `MIG_SOLVER_INPUT` for what is no partition at all. The counts are not looked at. */
export function checkPartitionShape(partition: Partition): void {
  if (Array.isArray(partition) && isListOf(partition, isObject)) return
  throw new MigError(
    'MIG_SOLVER_INPUT',
    'A partition is a list of sizes, each with its profile, compute slices and count.',
  )
}

/** Throws `MIG_SOLVER_INPUT` for what is no demand at all. The weights are not looked at. */
export function checkDemandShape(demand: readonly Demand[]): void {
  if (Array.isArray(demand) && isListOf(demand, isObject)) return
  throw new MigError(
    'MIG_SOLVER_INPUT',
    'A demand is a list of profiles, each with its id and its weight.',
  )
}

/** Throws `MIG_SOLVER_INPUT` where the one argument that has everything is missing. */
export function checkProblemShape(problem: object): void {
  if (isObject(problem)) return
  throw new MigError('MIG_SOLVER_INPUT', `There is no problem to solve, but ${problem}.`)
}

function isInstance(instance: Layout[number] | null | undefined): boolean {
  return (
    isObject(instance) &&
    isObject(instance.placement) &&
    Array.isArray(instance.computeInstances) &&
    isListOf(instance.computeInstances, isObject)
  )
}

/** Called for every question: a loop costs a third of what `every` costs. */
function isListOf<T>(list: readonly T[], isSound: (item: T | undefined) => boolean): boolean {
  for (let index = 0; index < list.length; index += 1) {
    if (!isSound(list[index])) return false
  }
  return true
}

function isObject(value: object | null | undefined): value is object {
  return typeof value === 'object' && value !== null
}

function isAmount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function refuse(message: string): never {
  throw new MigError('MIG_GEOMETRY_UNKNOWN', message)
}
