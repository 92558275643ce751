import { expect, test } from 'vitest'
import { isMigError } from '../../../lib/errors.js'
import { createChangeLog } from '../../../lib/fleet/online/change-log.js'
import { createFleet, mergeSnapshot } from '../../../lib/fleet.js'
import type {
  CreateFleetOptions,
  Fleet,
  FleetMark,
  FleetSnapshot,
} from '../../../types/fleet/online.js'
import fc from '../../support/property.js'
import { carryOut, clock, operation, startFleet } from './fleet-operations.js'

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
  const snapshot = JSON.parse(JSON.stringify(fleet.snapshot())) as CreateFleetOptions
  return createFleet({ ...snapshot, clock })
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

test('changes since any earlier mark make the snapshot of then into the one of now', () => {
  fc.assert(
    fc.property(fc.array(operation, { minLength: 20, maxLength: 90 }), (operations) => {
      const fleet = startFleet({})
      const kept: { readonly mark: FleetMark; readonly text: string }[] = []
      for (const [step, each] of operations.entries()) {
        answers(fleet, [each], step)
        if (step % 7 !== 0) continue
        const now = fleet.snapshot()
        for (const { mark, text } of kept) {
          const { mark: _mark, ...changes } = fleet.changesSince(mark)
          expect(changes.isWhole).toBe(false)
          const stored = JSON.parse(JSON.stringify(changes)) as typeof changes
          const merged = mergeSnapshot(JSON.parse(text) as FleetSnapshot, stored)
          expect(JSON.parse(JSON.stringify(merged))).toEqual(JSON.parse(JSON.stringify(now)))
          expect(merged.gpus.map(({ id }) => id)).toEqual(now.gpus.map(({ id }) => id))
        }
        const { mark, ...changes } = fleet.changesSince(
          kept.length === 0 ? null : (kept.at(-1)?.mark ?? null),
        )
        expect(changes.isWhole).toBe(kept.length === 0)
        kept.push({ mark, text: JSON.stringify(now) })
      }
    }),
    { numRuns: 6, endOnFailure: true },
  )
})

test('changes have only what changed, and a mark of another fleet gives the whole fleet', () => {
  const gpus = [{ id: 'g', model: 'A100-SXM4-40GB', count: 100 }]
  const fleet = createFleet({ gpus })
  const { mark, isWhole } = fleet.changesSince(null)
  expect(isWhole).toBe(true)
  fleet.place({ id: 'a', profile: '1g.5gb' })
  fleet.place({ id: 'b', need: { memoryMiB: 9000 }, labels: ['web'] })
  fleet.cordon({ gpus: ['g/7'] })
  fleet.removeGpus(['g/9'])
  const changes = fleet.changesSince(mark)
  expect(changes.gpus.map(({ id }) => id)).toEqual(['g/0', 'g/7'])
  expect(changes.goneGpus).toEqual(['g/9'])
  expect(changes.requests.map(({ id }) => id)).toEqual(['b'])
  expect(fleet.changesSince(changes.mark)).toMatchObject({ gpus: [], goneGpus: [], requests: [] })
  const other = createFleet({ gpus })
  expect(other.changesSince(mark)).toMatchObject({ isWhole: true })
  expect(other.changesSince({ kind: 'mark' })).toMatchObject({ isWhole: true })
  const { mark: _mark, ...stored } = changes
  expect(() => mergeSnapshot(null, stored)).toThrow(/not a whole fleet/)
})

test('a log that has grown too long gives the whole fleet, and a later mark counts again', () => {
  const log = createChangeLog(4)
  const old = log.mark()
  const next = log.mark()
  log.request('a')
  expect(log.since(old)?.requests.size).toBe(1)
  for (const id of ['b', 'c', 'd', 'e']) log.request(id)
  expect([log.since(old), log.since(next)]).toEqual([null, null])
  const fresh = log.mark()
  log.request('f')
  expect([...(log.since(fresh)?.requests ?? [])]).toEqual(['f'])
})
