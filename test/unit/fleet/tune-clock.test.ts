import { afterEach, expect, test, vi } from 'vitest'
import { createFleet } from '../../../lib/fleet.js'
import type { FleetTuning } from '../../../types/fleet/online.js'
import { geometryOf } from '../../support/geometry.js'

// As in pack-clock.test.ts, the clock goes on by a millisecond with each look at it.

const gpus = [{ id: 'gpu', geometry: geometryOf('a30-24gb'), count: 10 }]
const mix = { '1g.6gb': 3, '2g.12gb': 2, '4g.24gb': 1 }
const work = { workUnits: 60_000, load: 0.9 }

let looks = 0

function startClock(): void {
  looks = 0
  vi.spyOn(performance, 'now').mockImplementation(() => ++looks)
}

afterEach(() => {
  vi.restoreAllMocks()
})

function tuneIn(deadlineMs: number | undefined): FleetTuning {
  const fleet = createFleet({ gpus, mix, policy: 'tuned' })
  startClock()
  const tuning = fleet.tune({ ...work, ...(deadlineMs !== undefined && { deadlineMs }) })
  vi.restoreAllMocks()
  return tuning
}

test.each([0, 30, 300, 2000])('tune ends within 40 looks after a limit of %i', (deadlineMs) => {
  const { stopped } = tuneIn(deadlineMs)
  expect(looks).toBeLessThanOrEqual(deadlineMs + 25 + 40)
  expect(stopped).toBe('deadline')
})

test('tune with a limit that is never reached gives the policy that it gives without one', () => {
  const free = tuneIn(undefined)
  expect(free.stopped).toBeNull()
  expect(tuneIn(1e9)).toEqual(free)
})

test('tune with half of the time that it needs gives a policy that was tried and that a fleet takes', () => {
  tuneIn(1e9)
  const { policy, models, stopped } = tuneIn(Math.floor(looks / 2))
  expect(stopped).toBe('deadline')
  expect(models[0]?.trials.length).toBeGreaterThan(0)
  expect(policy.models[0]?.weights.some((weight) => weight !== 0)).toBe(true)
  expect(createFleet({ gpus, policy }).place({ profile: '2g.12gb' }).kind).toBe('placed')
})

test('tune without time for any trial leaves a fleet the policy that it has', () => {
  const fleet = createFleet({ gpus, mix, policy: 'tuned' })
  const { policy } = fleet.tune(work)
  const before = fleet.snapshot()
  const none = fleet.tune({ ...work, deadlineMs: 0 })
  expect(none).toMatchObject({ policy, models: [{ trials: [] }], stopped: 'deadline' })
  expect(fleet.snapshot()).toEqual(before)
})

test('tune refuses a limit that is no number of milliseconds', () => {
  const fleet = createFleet({ gpus, mix })
  expect(() => fleet.tune({ deadlineMs: -1 })).toThrow(
    expect.objectContaining({ code: 'MIG_FLEET_INVALID' }),
  )
})
