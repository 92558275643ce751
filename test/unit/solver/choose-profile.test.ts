import { describe, expect, test } from 'vitest'
import { chooseProfile, describeNoProfile } from '../../../lib/solver.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { ChosenProfile, Needs, NoProfileReason } from '../../../types/solver/choose-profile.js'
import type { Layout } from '../../../types/solver/layout.js'
import { place } from '../../support/devices.js'
import { geometryOf } from '../../support/geometry.js'

const a100 = geometryOf('a100-40gb')
const h100 = geometryOf('h100-80gb-sxm')
const rtx = geometryOf('rtx-pro-6000-blackwell')

function choose(geometry: Geometry, needs: Needs, layout: Layout = []): ChosenProfile {
  const answer = chooseProfile(geometry, needs, { layout })
  if (answer.kind === 'none') throw new Error(describeNoProfile(answer.reason, geometry))
  return answer
}

function nameOf(geometry: Geometry, ...rest: [Needs, Layout?]): string | undefined {
  const { profileId } = choose(geometry, ...rest)
  return geometry.profiles.find(({ id }) => id === profileId)?.name
}

function reasonOf(geometry: Geometry, needs: Needs, layout: Layout = []): NoProfileReason {
  const answer = chooseProfile(geometry, needs, { layout })
  if (answer.kind === 'profile') throw new Error(`${answer.profileId} serves`)
  return answer.reason
}

describe('the smallest profile that serves', () => {
  test.each<[Needs, string]>([
    [{}, '1g.5gb'],
    [{ memoryMiB: 4864 }, '1g.5gb'],
    [{ memoryMiB: 4865 }, '1g.10gb'],
    [{ memoryMiB: 8000, computeSlices: 2 }, '2g.10gb'],
    [{ computeSlices: 3 }, '3g.20gb'],
    [{ memoryMiB: 10_000, multiprocessors: 50 }, '4g.20gb'],
    [{ engines: { ofa: 1 } }, '1g.5gb+me'],
    [{ engines: { decoder: 2 } }, '3g.20gb'],
    [{ memoryMiB: 20_000 }, '7g.40gb'],
  ])('the smallest profile for %j is %s', (needs, name) => {
    expect(nameOf(a100, needs)).toBe(name)
  })

  test('among equal profiles, the one that leaves the most room is chosen, not the only instance with media engines', () => {
    expect(nameOf(a100, { computeSlices: 1 })).toBe('1g.5gb')
    expect(nameOf(rtx, { computeSlices: 1 })).toBe('1g.24gb-me')
    expect(nameOf(rtx, { engines: { decoder: 1 } })).toBe('1g.24gb')
  })

  test('enoughSliceCount says how few slices of the chosen profile are enough', () => {
    expect(choose(a100, { memoryMiB: 15_000, computeSlices: 1 })).toMatchObject({
      sliceCount: 3,
      enoughSliceCount: 1,
    })
    expect(choose(a100, { memoryMiB: 15_000, multiprocessors: 20 }).enoughSliceCount).toBe(2)
    // A third of 60 multiprocessors is 16 of them: the rest cannot be given to a partial one.
    expect(choose(h100, { memoryMiB: 30_000, multiprocessors: 20 }).enoughSliceCount).toBe(2)
    const unknown = {
      profiles: a100.profiles.map((profile) => ({ ...profile, computeInstanceProfiles: null })),
    }
    expect(choose(unknown, { memoryMiB: 15_000, multiprocessors: 20 }).enoughSliceCount).toBe(3)
  })

  test('the chosen profile has a place beside the layout, and blocked names smaller ones without a place', () => {
    const layout = [0, 1, 2, 3, 4, 5].map((start) => place(a100, '1g.5gb', start))
    const more = [...layout, place(a100, '1g.5gb', 6)]
    expect(choose(a100, {}, layout).placement).toEqual({ start: 6, size: 1 })
    expect(reasonOf(a100, { memoryMiB: 9000 }, more)).toMatchObject({ kind: 'no-place' })
    const small = a100.profiles.find(({ name }) => name === '1g.10gb')
    const pairs = [0, 2, 6].map((start) => place(a100, '1g.10gb', start))
    const noFourth = {
      profiles: a100.profiles.map((p) => (p === small ? { ...p, instanceCount: 3 } : p)),
    }
    expect(nameOf(noFourth, { memoryMiB: 9000 }, pairs)).toBe('2g.10gb')
    expect(choose(noFourth, { memoryMiB: 9000 }, pairs).blocked).toEqual([small?.id])
  })
})

describe('if no profile serves', () => {
  test('the reason is too-much if one need is larger than any profile', () => {
    const reason = reasonOf(a100, { memoryMiB: 50_000, computeSlices: 1 })
    expect(reason).toEqual({
      kind: 'too-much',
      need: 'memoryMiB',
      wanted: 50_000,
      available: 40_192,
    })
    expect(describeNoProfile(reason, a100)).toBe(
      '50000 MiB of memory needed; no profile of this GPU has more than 40192',
    )
  })

  test('the reason is not-together if no profile meets all needs', () => {
    const small = { profiles: a100.profiles.filter(({ name }) => /^[13]g/.test(name)) }
    const reason = reasonOf(small, { memoryMiB: 10_000, engines: { ofa: 1 } })
    expect(reason).toMatchObject({ kind: 'not-together' })
    expect(describeNoProfile(reason, small)).toContain('3g.20gb (optical flow engines)')
  })

  test('a need that is not a number is refused', () => {
    for (const needs of [
      { memoryMiB: -1 },
      { computeSlices: 0.5 },
      { engines: { ofa: Number.NaN } },
    ])
      expect(() => chooseProfile(a100, needs)).toThrow(
        expect.objectContaining({ code: 'MIG_SOLVER_INPUT' }),
      )
  })
})
