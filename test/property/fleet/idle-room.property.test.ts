import { expect, test } from 'vitest'
import { makeRoom } from '../../../lib/fleet/moves/room/make-room.js'
import { verifyPlan } from '../../../lib/fleet/moves/verify/verify-plan.js'
import { createFleet } from '../../../lib/fleet/online/create-fleet.js'
import type { FleetInstance } from '../../../types/fleet/pack.js'
import fc from '../../support/property.js'
import { drawnInstance, fewestMoves, geometry, gpuOf, profiles } from './idle-room-oracle.js'
import { isLegal } from './online-oracle.js'

test.each([false, true])(
  'makeRoom moves as few instances as any plan with idle instances, and the plan can be carried out: clearIdle %s',
  (clearIdle) => {
    fc.assert(
      fc.property(
        fc.array(fc.array(drawnInstance, { maxLength: 5 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(...profiles),
        fc.boolean(),
        (drawn, { name, id: profileId, memoryMiB }, byNeed) => {
          const gpus = drawn.map((each, number) => gpuOf(number, each))
          const request = { id: 'new', ...(byNeed ? { need: { memoryMiB } } : { profile: name }) }
          const wanted = byNeed
            ? profiles.filter((each) => each.memoryMiB >= memoryMiB).map(({ id }) => id)
            : [profileId]
          const answer = makeRoom({ gpus }, request, { clearIdle, certify: true })
          const fewest = fewestMoves(gpus, wanted, clearIdle)
          expect(answer.kind).toBe(fewest === null ? 'no-room' : 'room')
          const fleet = createFleet({ gpus, policy: 'best-fit' })
          expect(makeRoom(fleet, request, { clearIdle, certify: true })).toEqual(answer)
          const question = {
            kind: 'room',
            fleet: { gpus },
            request,
            options: { clearIdle },
          } as const
          expect(verifyPlan(question, answer)).toEqual({ valid: true, proven: true })
          if (answer.kind !== 'room') return
          expect(answer.plan.cost).toBe(fewest)
          expect(answer.lowerBound).toBe(fewest)

          const layoutsOf = (each: ReturnType<typeof createFleet>) =>
            each.snapshot().gpus.map(({ layout = [] }) => layout)
          const cleared = answer.plan.steps.filter(
            ({ kind, idle }) => kind === 'destroy' && idle === true,
          )
          const taken = answer.plan.steps.filter(
            ({ kind, idle }) => kind === 'create' && idle === true,
          )
          const countIdle = (layouts: readonly (readonly FleetInstance[])[]): number =>
            layouts.flat().filter(({ idle }) => idle === true).length
          const before = countIdle(layoutsOf(fleet))
          if (!clearIdle) expect(cleared).toEqual([])

          const run = fleet.apply(answer.plan, { request })
          let placed = null
          while (run.begin() !== null) placed = run.done() ?? placed
          expect(placed).toMatchObject({
            kind: 'placed',
            placements: [{ gpu: answer.gpu, placement: answer.placement }],
          })
          expect(layoutsOf(fleet).every((layout) => isLegal(geometry, layout))).toBe(true)
          expect(countIdle(layoutsOf(fleet))).toBe(before - cleared.length - taken.length)

          const atOnce = createFleet({ gpus, policy: 'best-fit' })
          expect(atOnce.admit(request, answer).kind).toBe('placed')
          const sorted = (layouts: readonly (readonly FleetInstance[])[]) =>
            layouts.map((layout) =>
              layout.toSorted((a, b) => a.placement.start - b.placement.start),
            )
          if (answer.plan.stops === 0)
            expect(sorted(layoutsOf(atOnce))).toEqual(sorted(layoutsOf(fleet)))
          const givenUp = createFleet({ gpus, policy: 'best-fit' })
          givenUp.apply(answer.plan, { request }).giveUp()
          expect(layoutsOf(givenUp)).toEqual(layoutsOf(createFleet({ gpus })))
        },
      ),
      { numRuns: 200 },
    )
  },
)
