import { describe, expect, test } from 'vitest'
import { planGpu } from '../../../lib/plan/gpu/plan-gpu.js'
import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { GpuState } from '../../../types/model/state.js'
import type { Layout } from '../../../types/solver/layout.js'
import { allSpotSets } from '../../support/brute-force.js'
import { geometryOf } from '../../support/geometry.js'
import { gpuWith, runStep } from '../../support/model-gpu.js'
import { wantedOf } from '../../support/planning.js'
import fc from '../../support/property.js'

const geometries: readonly [string, Geometry][] = ['a30-24gb', 'a100-40gb', 'h100-80gb-sxm'].map(
  (key) => [key, geometryOf(key)],
)

interface Question {
  /** GPU instances, each full or bare. */
  readonly layout: Layout
  /** Positions of profiles, one for each wanted device. */
  readonly asked: readonly number[]
}

function questions(geometry: Geometry): fc.Arbitrary<Question> {
  const sets = allSpotSets(geometry)
  return fc
    .record({
      set: fc.nat(sets.length - 1),
      bare: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      asked: fc.array(fc.nat(geometry.profiles.length - 1), { minLength: 1, maxLength: 3 }),
    })
    .map(({ set, bare, asked }) => ({
      asked,
      layout: (sets[set] ?? []).map(({ profile, placement }, index) => ({
        profileId: profile.id,
        placement,
        computeInstances: bare[index]
          ? []
          : [
              {
                sliceCount: profile.sliceCount,
                placement: placeOfWhole(profile),
              },
            ],
      })),
    }))
}

/** On a double-memory 1g of Hopper, two compute instances have one slice: the whole one is the larger. */
function placeOfWhole({ sliceCount, computeInstanceProfiles }: GpuInstanceProfile) {
  const whole = computeInstanceProfiles
    ?.filter((part) => part.sliceCount === sliceCount)
    .toSorted((a, b) => b.multiprocessorCount - a.multiprocessorCount)[0]
  return whole?.placements[0] ?? null
}

/** Whether some legal set has all GPU instances that are there, and the new ones that the bare ones do not save. */
function hasRoom(geometry: Geometry, { layout, asked }: Question): boolean {
  const needed = geometry.profiles.map(({ id }, position) => {
    const here = layout.filter(({ profileId }) => profileId === id)
    const bare = here.filter(({ computeInstances }) => computeInstances.length === 0).length
    const wanted = asked.filter((each) => each === position).length
    return here.length + Math.max(0, wanted - bare)
  })
  return allSpotSets(geometry).some(
    (set) =>
      geometry.profiles.every(
        (profile, position) =>
          set.filter((spot) => spot.profile === profile).length === needed[position],
      ) &&
      layout.every(({ profileId, placement }) =>
        set.some(
          (spot) => spot.profile.id === profileId && spot.placement.start === placement.start,
        ),
      ),
  )
}

const keyOf = ({ profileId, placement }: Layout[number]): string =>
  `${profileId}@${placement.start}`

function countBy(gpu: GpuState): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { profileId, computeInstances } of gpu.gpuInstances)
    counts[profileId] = (counts[profileId] ?? 0) + computeInstances.length
  return counts
}

describe.each(geometries)('on %s', (_key, geometry) => {
  test('devices are added exactly where brute force finds room, and every instance that was there stays', () => {
    let planned = 0
    fc.assert(
      fc.property(questions(geometry), (question) => {
        const { layout, asked } = question
        const gpu = gpuWith(geometry, layout)
        const wanted = asked.map((position) => {
          const profile = geometry.profiles[position]
          return { profileId: profile?.id ?? 0, sliceCount: profile?.sliceCount ?? 0, count: 1 }
        })
        const result = planGpu(wantedOf(gpu, { wanted, add: true }))
        expect(result.kind).toBe(hasRoom(geometry, question) ? 'plan' : 'infeasible')
        if (result.kind !== 'plan') return
        planned += 1
        const { steps, target } = result.plan
        expect(steps.filter(({ kind }) => !kind.startsWith('create-'))).toEqual([])
        const after = steps.reduce((state, step) => runStep(geometry, state, step), gpu)
        expect(after.gpuInstances.map(keyOf)).toEqual(
          expect.arrayContaining(gpu.gpuInstances.map(keyOf)),
        )
        const counts = countBy(gpu)
        for (const { profileId } of wanted) counts[profileId] = (counts[profileId] ?? 0) + 1
        expect(countBy(after)).toEqual(expect.objectContaining(counts))
        // What the journal and the verification go by.
        expect(
          target.gpuInstances.map((each) => [keyOf(each), each.computeInstances.length]).sort(),
        ).toEqual(
          after.gpuInstances.map((each) => [keyOf(each), each.computeInstances.length]).sort(),
        )
      }),
      { numRuns: 150 },
    )
    expect(planned).toBeGreaterThan(10)
  })
})
