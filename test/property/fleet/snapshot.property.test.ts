import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isMigError } from '../../../lib/errors.js'
import { createFleet } from '../../../lib/fleet.js'
import type { CreateFleetOptions, Fleet } from '../../../types/fleet/online.js'
import { carryOut, operation, startFleet } from './fleet-operations.js'

type Operations = Parameters<typeof carryOut>[1][]

function answers(fleet: Fleet, operations: Operations, from: number): unknown[] {
  return operations.map((each, step) => {
    try {
      return carryOut(fleet, each, from + step)
    } catch (error) {
      if (isMigError(error)) return [error.code, error.message]
      throw error
    }
  })
}

/** A fleet made from the JSON of the snapshot. */
function copyOf(fleet: Fleet): Fleet {
  return createFleet(JSON.parse(JSON.stringify(fleet.snapshot())) as CreateFleetOptions)
}

test.each<Partial<CreateFleetOptions>>([
  { policy: 'fgd' },
  { policy: 'best-fit' },
  { policy: 'residual', mix: { '1g.5gb': 3, '7g.40gb': 1 } },
])('a fleet made from the snapshot of another answers as that one does: %o', (options) => {
  const few = fc.array(operation, { minLength: 20, maxLength: 90 })
  fc.assert(
    fc.property(few, few, (before, after) => {
      const fleet = startFleet(options)
      answers(fleet, before, 0)
      const copy = copyOf(fleet)
      expect(copy.snapshot()).toEqual(fleet.snapshot())
      expect(answers(copy, after, 1000)).toEqual(answers(fleet, after, 1000))
      expect(copy.snapshot()).toEqual(fleet.snapshot())
    }),
    { numRuns: 8, endOnFailure: true },
  )
})

test('a call that throws leaves the fleet as it was, and later calls answer as if it had not been made', () => {
  fc.assert(
    fc.property(fc.array(operation, { minLength: 20, maxLength: 80 }), (operations) => {
      const fleet = startFleet({})
      const clean = startFleet({})
      for (const [step, each] of operations.entries()) {
        const before = JSON.stringify(fleet.snapshot())
        try {
          carryOut(fleet, each, step)
        } catch (error) {
          expect(isMigError(error)).toBe(true)
          expect(JSON.stringify(fleet.snapshot())).toBe(before)
          continue
        }
        carryOut(clean, each, step)
      }
      expect(clean.snapshot()).toEqual(fleet.snapshot())
    }),
    { numRuns: 8, endOnFailure: true },
  )
})
