import { describe, expect, test } from 'vitest'
import { describeInfeasible, explainInfeasible } from '../../../lib/solver.js'
import type { Geometry, Placement } from '../../../types/model/geometry.js'
import type { InfeasibleReason } from '../../../types/solver/explain.js'
import type { Layout, Partition } from '../../../types/solver/layout.js'
import {
  allLayouts,
  allSpotSets,
  countDevices,
  isLegalSet,
  keepsPinned,
} from '../../support/brute-force.js'
import { geometryOf } from '../../support/geometry.js'
import { arbitraryProblem, type Problem } from '../../support/problems.js'
import fc from '../../support/property.js'

const geometries: readonly [string, Geometry, number][] = [
  ['a30-24gb', geometryOf('a30-24gb'), 300],
  ['a100-40gb', geometryOf('a100-40gb'), 60],
  ['rtx-pro-6000-blackwell', geometryOf('rtx-pro-6000-blackwell'), 120],
]

const overlap = (a: Placement, b: Placement): boolean =>
  a.start < b.start + b.size && b.start < a.start + a.size

/** Whether the GPU instances of these profiles and the pinned ones can sit together. */
function canSit(geometry: Geometry, profileIds: readonly number[], pinned: Layout): boolean {
  const fixed = spotsOf(geometry, pinned)
  const wanted = [...profileIds].sort().join()
  return allSpotSets(geometry).some(
    (set) =>
      set
        .map(({ profile }) => profile.id)
        .sort()
        .join() === wanted && isLegalSet(geometry, [...set, ...fixed]),
  )
}

function spotsOf(geometry: Geometry, layout: Layout) {
  return layout.map(({ profileId, placement }) => {
    const profile = geometry.profiles.find((entry) => entry.id === profileId)
    if (profile === undefined) throw new Error(`no profile ${profileId}`)
    return { profile, placement }
  })
}

function checkReason(geometry: Geometry, reason: InfeasibleReason): void {
  switch (reason.kind) {
    case 'compute-slices':
    case 'memory-units':
    case 'engines':
    case 'profile-maximum':
      expect(reason.wanted).toBeGreaterThan(reason.available)
      return
    case 'pinned-unwanted':
      expect(reason.instances.length).toBeGreaterThan(0)
      return
    case 'no-start': {
      const { profileIds, pinned } = reason.conflict
      expect(canSit(geometry, profileIds, pinned)).toBe(false)
      // Nothing of it can be left out.
      for (const index of profileIds.keys())
        expect(canSit(geometry, profileIds.toSpliced(index, 1), pinned)).toBe(true)
      for (const index of pinned.keys())
        expect(canSit(geometry, profileIds, pinned.toSpliced(index, 1))).toBe(true)
      const profile = geometry.profiles.find(({ id }) => id === reason.profileId)
      expect(reason.starts.map(({ start }) => start)).toEqual(
        profile?.placements.map(({ start }) => start),
      )
      for (const { start, blockedBy } of reason.starts) {
        const place = profile?.placements.find((placement) => placement.start === start)
        expect(blockedBy.every(({ placement }) => place && overlap(placement, place))).toBe(true)
      }
      return
    }
    default:
      expect.unreachable(`random problems want only what the GPU has: ${reason.kind}`)
  }
}

function isPartOf(part: Partition, whole: Partition): boolean {
  const counts = countDevices(whole)
  return [...countDevices(part)].every(([key, count]) => count <= (counts.get(key) ?? 0))
}

/** The most devices of a part of `wanted` that a layout can hold beside what is pinned. */
function mostDevices(geometry: Geometry, { wanted, current }: Problem): number {
  const counts = [...countDevices(wanted)].map(([key, count]) => {
    const [profileId = 0, sliceCount = 0] = key.split(':').map(Number)
    return { profileId, sliceCount, count: Math.min(count, 7) }
  })
  let most = 0
  const tryFrom = (index: number, part: Partition, devices: number): void => {
    const entry = counts[index]
    if (entry === undefined) {
      if (devices > most && fitsBesidePinned(geometry, part, current)) most = devices
      return
    }
    for (let count = entry.count; count >= 0; count -= 1)
      tryFrom(index + 1, [...part, { ...entry, count }], devices + count)
  }
  tryFrom(0, [], 0)
  return most
}

/** What is pinned counts as a part of `part` where it can, and is there in any case. */
function fitsBesidePinned(geometry: Geometry, part: Partition, current: Layout): boolean {
  const counts = countDevices(part)
  for (const [key, count] of countDevices(pinnedDevices(current)))
    counts.set(key, Math.max(count, counts.get(key) ?? 0))
  const wanted = [...counts].map(([key, count]) => {
    const [profileId = 0, sliceCount = 0] = key.split(':').map(Number)
    return { profileId, sliceCount, count }
  })
  return isFeasible(geometry, { wanted, current })
}

function pinnedDevices(layout: Layout): Partition {
  return layout.flatMap(({ profileId, pinned, computeInstances }) =>
    computeInstances
      .filter((compute) => pinned === true || compute.pinned === true)
      .map(({ sliceCount }) => ({ profileId, sliceCount, count: 1 })),
  )
}

function isFeasible(geometry: Geometry, { wanted, current }: Problem): boolean {
  for (const layout of allLayouts(geometry, wanted)) {
    if (keepsPinned(layout, current)) return true
  }
  return false
}

describe.each(geometries)('what is impossible on %s', (_key, geometry, numRuns) => {
  test.each([0, 4])('is so, for the reason given, with %i of 10 instances pinned', (pinned) => {
    fc.assert(
      fc.property(arbitraryProblem(geometry, pinned), (problem) => {
        const { wanted, current } = problem
        const result = explainInfeasible(geometry, wanted, { current })
        expect(result === null).toBe(isFeasible(geometry, problem))
        if (result === null) return
        checkReason(geometry, result.reason)
        expect(describeInfeasible(result.reason, geometry)).toMatch(/\w/)
        expect(isPartOf(result.wouldFit, problem.wanted)).toBe(true)
      }),
      { numRuns },
    )
  })

  test.each([0, 4])(
    'would be possible in part, and in no larger part, with %i pinned',
    (pinned) => {
      fc.assert(
        fc.property(arbitraryProblem(geometry, pinned), (problem) => {
          const { wanted, current } = problem
          // No device stands for a bare GPU instance that must stay.
          fc.pre(
            !current.some((each) => each.pinned === true && each.computeInstances.length === 0),
          )
          const result = explainInfeasible(geometry, wanted, { current })
          if (result === null) return
          const devices = result.wouldFit.reduce((sum, { count }) => sum + count, 0)
          expect(fitsBesidePinned(geometry, result.wouldFit, current)).toBe(true)
          expect(devices).toBe(mostDevices(geometry, problem))
        }),
        { numRuns: Math.ceil(numRuns / 3) },
      )
    },
  )
})
