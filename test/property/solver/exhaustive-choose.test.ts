import { describe, expect, test } from 'vitest'
import { chooseProfile, compileGeometry } from '../../../lib/solver.js'
import type { ChosenProfile, Needs, NoProfile } from '../../../types/solver/choose-profile.js'
import { futuresOf } from '../../support/naive-futures.js'
import {
  distinctGpus,
  layoutOf,
  type NaiveGpu,
  type NaiveProfile,
  naiveEngines,
  naiveGpus,
} from '../../support/naive-gpu.js'

function serves(profile: NaiveProfile, needs: Needs): boolean {
  return (
    profile.memoryMiB >= (needs.memoryMiB ?? 0) &&
    profile.slices >= (needs.computeSlices ?? 0) &&
    profile.multiprocessors >= (needs.multiprocessors ?? 0) &&
    naiveEngines.every((engine) => profile.engines[engine] >= (needs.engines?.[engine] ?? 0))
  )
}

interface Place {
  readonly start: number
  readonly room: number
}

/** The place of one more instance that leaves the most partitions possible, the lowest; null: there is none. */
function bestPlace(gpu: NaiveGpu, set: number, profile: number): Place | null {
  const futures = futuresOf(gpu)
  const places = gpu.spots.flatMap((spot, index) => {
    const more = set | (1 << index)
    const room = spot.profile === profile && more !== set ? futures.count(more) : 0
    return room > 0 ? [{ start: spot.start, room }] : []
  })
  return places.sort((a, b) => b.room - a.room || a.start - b.start)[0] ?? null
}

/** What is wrong with an answer; `places`: of each profile, the best. */
function faultOf(
  gpu: NaiveGpu,
  needs: Needs,
  places: readonly (Place | null)[],
  answer: ChosenProfile | NoProfile,
): string | null {
  const serving = gpu.profiles
    .map((profile, index) => ({ ...profile, index, place: places[index] ?? null }))
    .filter((profile) => serves(profile, needs))
  const placeable = serving
    .filter(({ place }) => place !== null)
    .sort(
      (a, b) =>
        a.units - b.units ||
        a.slices - b.slices ||
        (b.place?.room ?? 0) - (a.place?.room ?? 0) ||
        a.index - b.index,
    )
  const [best] = placeable
  const idOf = (index: number): number | undefined => gpu.geometry.profiles[index]?.id
  if (best === undefined) {
    if (answer.kind !== 'none') return `not ${answer.profileId}`
    return (answer.reason.kind === 'no-place') === serving.length > 0 ? null : answer.reason.kind
  }
  if (answer.kind === 'none') return `${idOf(best.index)} serves`
  if (answer.profileId !== idOf(best.index)) return `${answer.profileId}, not ${idOf(best.index)}`
  if (answer.room !== best.place?.room) return `room ${answer.room}, not ${best.place?.room}`
  if (answer.placement.start !== best.place?.start) return `start ${answer.placement.start}`
  const blocked = serving
    .filter(
      ({ place, units, slices }) =>
        place === null && (units - best.units || slices - best.slices) < 0,
    )
    .map(({ index }) => idOf(index))
  return answer.blocked.toSorted().join() === blocked.toSorted().join() ? null : 'blocked'
}

/** Every need that makes a difference: what some profile has, and one more. */
function listNeeds({ profiles }: NaiveGpu): readonly Needs[] {
  const steps = (amount: (profile: NaiveProfile) => number): readonly number[] => [
    ...new Set([0, ...profiles.flatMap((profile) => [amount(profile), amount(profile) + 1])]),
  ]
  const memory = steps(({ memoryMiB }) => memoryMiB)
  const slices = steps((profile) => profile.slices)
  const engines = naiveEngines.flatMap((engine) =>
    steps((profile) => profile.engines[engine]).map((count) => ({ [engine]: count })),
  )
  const multiprocessors = steps((profile) => profile.multiprocessors)
  return memory.flatMap((memoryMiB) => [
    ...slices.flatMap((computeSlices) => [
      { memoryMiB, computeSlices },
      ...multiprocessors.map((count) => ({ memoryMiB, computeSlices, multiprocessors: count })),
    ]),
    ...engines.map((count) => ({ memoryMiB, engines: count })),
  ])
}

test.each(naiveGpus)('the smallest profile that serves is found for all needs on $key', (gpu) => {
  const tables = compileGeometry(gpu.geometry)
  const places = gpu.profiles.map((_, profile) => bestPlace(gpu, 0, profile))
  const wrong = listNeeds(gpu).flatMap((needs) => {
    const fault = faultOf(gpu, needs, places, chooseProfile(tables, needs))
    return fault === null ? [] : [[needs, fault]]
  })
  expect(wrong).toEqual([])
})

describe.each(distinctGpus)('beside all layouts of $key', (gpu) => {
  test('chooseProfile finds the smallest profile that serves and has a place', () => {
    const tables = compileGeometry(gpu.geometry)
    const needs: readonly Needs[] = [
      {},
      ...gpu.profiles.map(({ memoryMiB, slices, engines }) => ({
        memoryMiB,
        computeSlices: slices,
        engines,
      })),
      ...gpu.profiles.map(({ memoryMiB }) => ({ memoryMiB })),
    ]
    const wrong: unknown[] = []
    for (const set of gpu.sets) {
      const layout = layoutOf(gpu, set)
      const places = gpu.profiles.map((_, profile) => bestPlace(gpu, set, profile))
      for (const need of needs) {
        const fault = faultOf(gpu, need, places, chooseProfile(tables, need, { layout }))
        if (fault !== null) wrong.push([layout, need, fault])
      }
    }
    expect(wrong).toEqual([])
  })
})
