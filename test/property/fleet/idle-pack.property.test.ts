import { expect, test } from 'vitest'
import { packFleet } from '../../../lib/fleet/pack/pack-fleet.js'
import { verifyBound } from '../../../lib/fleet/pack/verify-bound.js'
import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import fc from '../../support/property.js'
import { isSameSpot } from './idle-oracle.js'
import { drawnInstance, geometry, layoutOf, profiles, tryAll } from './idle-pack-oracle.js'
import { isLegal } from './online-oracle.js'

const drawnGpus = fc.array(fc.array(drawnInstance, { maxLength: 4 }), {
  minLength: 1,
  maxLength: 3,
})
const drawnRequest = fc.record({
  profile: fc.constantFrom(...profiles),
  value: fc.integer({ min: 1, max: 3 }),
  byNeed: fc.boolean(),
})

test.each([false, true])(
  'a packing with idle instances is as good as any, creates the fewest, and says what is cleared: clearIdle %s',
  async (clearIdle) => {
    await fc.assert(
      fc.asyncProperty(
        drawnGpus,
        fc.array(drawnRequest, { maxLength: 4 }),
        async (drawn, wanted) => {
          const gpus: FleetGpu[] = drawn.map((instances, index) => ({
            id: `gpu-${index}`,
            geometry,
            layout: layoutOf(instances),
          }))
          const requests: FleetRequest[] = wanted.map(({ profile, value, byNeed }, index) => ({
            id: `job-${index}`,
            value,
            ...(byNeed ? { need: { memoryMiB: profile.memoryMiB } } : { profile: profile.name }),
          }))
          const answer = await packFleet({ gpus, requests }, { clearIdle })
          const { objective, lowerBound, certificate, placements, cleared = [] } = answer

          const without = tryAll(gpus, requests, false)
          const best =
            clearIdle && without.unplacedValue > 0 ? tryAll(gpus, requests, true) : without
          expect(objective.unplacedValue).toBe(best.unplacedValue)
          const isCleared = best.unplacedValue < without.unplacedValue
          const { gpus: count, created } = isCleared ? best : without
          expect(objective.gpus).toBe(count)
          expect(lowerBound.unplacedValue).toBeLessThanOrEqual(best.unplacedValue)
          const mayHaveCleared = clearIdle && without.unplacedValue > 0
          expect(
            verifyBound({ gpus, requests }, certificate, { clearIdle: mayHaveCleared }).valid,
          ).toBe(true)
          if (!isCleared) expect(cleared).toEqual([])
          else {
            const { lowerBound: fewest = 0, gap = 0 } = answer.clearing ?? {}
            expect(fewest).toBeLessThanOrEqual(best.cleared)
            expect(cleared.length).toBeGreaterThanOrEqual(best.cleared)
            expect(gap === 0).toBe(cleared.length === fewest)
          }
          const isNamed = requests.every(({ need }) => need === undefined)
          if (without.unplacedValue === 0 && isNamed)
            expect(placements.filter(({ reused }) => reused !== true)).toHaveLength(created)

          // What the answer says can be carried out, in its order.
          const now = new Map(gpus.map(({ id, layout = [] }) => [id, [...layout]]))
          for (const gone of cleared) {
            const layout = now.get(gone.gpu) ?? []
            const found = layout.filter((each) => each.idle === true && isSameSpot(gone, each))
            expect(found).toHaveLength(1)
            expect(found[0]?.pinned).not.toBe(true)
            now.set(
              gone.gpu,
              layout.filter((each) => !found.includes(each)),
            )
          }
          for (const { gpu, profileId, placement, reused, request } of placements) {
            if (profileId === null || placement === null) throw new Error('no place')
            const layout = now.get(gpu) ?? []
            const there = layout.filter(
              (each) => each.idle === true && isSameSpot({ profileId, placement }, each),
            )
            expect(there).toHaveLength(reused === true ? 1 : 0)
            const left = layout.filter((each) => !there.includes(each))
            now.set(gpu, [...left, { profileId, placement, id: request ?? '' }])
            expect(isLegal(geometry, now.get(gpu) ?? [])).toBe(true)
          }
          const unplaced = requests.filter(
            ({ id }) => !placements.some(({ request }) => request === id),
          )
          expect(unplaced.reduce((sum, { value = 1 }) => sum + value, 0)).toBe(
            objective.unplacedValue,
          )
        },
      ),
      { numRuns: 150 },
    )
  },
)
