import { describe, expect, test } from 'vitest'
import { createFleet } from '../../../lib/fleet.js'
import type { FleetGpu, FleetInstance, FleetPlacement } from '../../../types/fleet/pack.js'
import { layoutOf, type NaiveGpu, naiveGpus, spotsOf } from '../../support/naive-gpu.js'
import { naiveScores } from '../../support/naive-policy.js'
import { seeded } from '../../support/random.js'

// Idle instances are in the way of a request that may clear them.

const naive = naiveGpus.find(({ key }) => key === 'a30-24gb') as NaiveGpu
const { sets, spots, geometry } = naive
const names = geometry.profiles.map(({ name }) => name)
const allScores = naiveScores(naive)
const countOf = (set: number): number => spotsOf(naive, set).length

/** The layout of a set, in which a part is idle. */
const layoutWith = (set: number, idle: number): readonly FleetInstance[] => [
  ...layoutOf(naive, set & ~idle),
  ...layoutOf(naive, idle).map((instance) => ({ ...instance, idle: true as const })),
]

/** Every part of a set. */
function partsOf(set: number): readonly number[] {
  const parts: number[] = []
  for (let part = set; part > 0; part = (part - 1) & set) parts.push(part)
  return [...parts, 0]
}

describe.each(['best-fit', 'residual', 'fgd'] as const)(
  'clearing for a request, by %s',
  (policy) => {
    test('destroys the fewest idle instances, at a place that the policy calls the best of these, on the first GPU of several', () => {
      const draw = seeded(31)
      const choices = { byCount: 0, byScore: 0, byOrder: 0 }
      for (let round = 0; round < 400; round++) {
        const there = Array.from({ length: 4 }, () => {
          const set = sets[draw(sets.length)] ?? 0
          const idle = partsOf(set)
          return { set, idle: idle[draw(idle.length)] ?? 0 }
        })
        const mix = names.map(() => 1 + draw(4))
        const profile = draw(names.length)
        const gpus = there.map(
          ({ set, idle }, index): FleetGpu => ({
            id: `${index}`,
            model: 'A30',
            layout: layoutWith(set, idle),
          }),
        )
        const fleet = createFleet({
          gpus,
          policy,
          mix: Object.fromEntries(names.map((name, index) => [name, mix[index] ?? 0])),
        })
        const score = allScores[policy](mix)
        const possible = there.flatMap(({ set, idle }, gpu) =>
          partsOf(idle).flatMap((cleared) =>
            spots.flatMap((spot, number) => {
              const before = set & ~cleared
              const after = before | (1 << number)
              if (spot.profile !== profile || after === before || !sets.includes(after)) return []
              return { gpu, cleared: countOf(cleared), value: score(before, after) }
            }),
          ),
        )
        const isThere = there.some(({ idle }) =>
          spotsOf(naive, idle).some((spot) => spot.profile === profile),
        )
        // Without a need to clear anything, nothing is cleared.
        if (isThere || possible.some(({ cleared }) => cleared === 0)) continue
        const answer = fleet.place({ profile: names[profile] ?? '' }, { clearIdle: true })
        if (possible.length === 0) {
          expect(answer.kind).toBe('refused')
          continue
        }
        if (answer.kind !== 'placed') throw new Error(answer.reason)
        const [placed] = answer.placements
        const gone = answer.cleared ?? []
        const fewest = Math.min(...possible.map(({ cleared }) => cleared))
        expect(gone).toHaveLength(fewest)
        const few = possible.filter(({ cleared }) => cleared === fewest)
        const best = Math.min(...few.map(({ value }) => value))
        const first = Math.min(...few.filter(({ value }) => value === best).map(({ gpu }) => gpu))
        const spotOf = (
          where: Pick<FleetPlacement, 'profileId' | 'placement'> | undefined,
        ): number =>
          spots.findIndex(
            (each) =>
              geometry.profiles[each.profile]?.id === where?.profileId &&
              each.start === where?.placement?.start,
          )
        const before = gone.reduce((set, each) => {
          expect(each.gpu).toBe(placed?.gpu)
          return set & ~(1 << spotOf(each))
        }, there[Number(placed?.gpu)]?.set ?? 0)
        expect(score(before, before | (1 << spotOf(placed)))).toBe(best)
        expect(placed?.gpu).toBe(`${first}`)
        if (few.length < possible.length) choices.byCount++
        if (few.some(({ value }) => value !== best)) choices.byScore++
        if (few.some(({ value, gpu }) => value === best && gpu !== first)) choices.byOrder++
      }
      expect(Math.min(...Object.values(choices))).toBeGreaterThan(10)
    })
  },
)
