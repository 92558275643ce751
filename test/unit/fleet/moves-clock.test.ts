import { afterEach, describe, expect, test, vi } from 'vitest'
import { fewestGpus } from '../../../lib/fleet/moves/compact/compact-aim.js'
import { solveCompact } from '../../../lib/fleet/moves/compact/compact-stages.js'
import { groupSnapshot } from '../../../lib/fleet/moves/group-snapshot.js'
import { createBudget } from '../../../lib/fleet/program/budget.js'
import type { WholeSolution } from '../../../lib/fleet/program/highs.js'
import { compactFleet, drainGpus, makeRoom, verifyPlan } from '../../../lib/fleet.js'
import type { MakeRoomOptions } from '../../../types/fleet/moves.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { drawInUse } from '../../support/draw-in-use.js'
import { fleetWithGap, moveCosts } from '../../support/fleet-with-gap.js'

// As in pack-clock.test.ts, the clock goes on by a millisecond with each look at it.

let looks = 0

function startClock(): void {
  looks = 0
  vi.spyOn(performance, 'now').mockImplementation(() => ++looks)
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each([
  ['as they like', drawInUse(60, 3, false)],
  ['with GPUs of their own', drawInUse(60, 3, true)],
])('A fleet of requests that may go %s', (_name, fleet) => {
  const which = { gpus: ['g0', 'g1', 'g2', 'g3'] }

  test.each([0, 30, 100])(
    'is compacted within 40 looks after a limit of %i',
    async (deadlineMs) => {
      startClock()
      const answer = await compactFleet(fleet, { deadlineMs, solver: 'own' })
      vi.restoreAllMocks()
      expect(looks).toBeLessThanOrEqual(deadlineMs + 25 + 40)
      expect(answer.lowerBound.gpus).toBeGreaterThan(10)
      expect(verifyPlan({ kind: 'compaction', fleet }, answer)).toMatchObject({ valid: true })
    },
  )

  test.each([0, 30, 100])('is drained within 40 looks after a limit of %i', async (deadlineMs) => {
    startClock()
    const answer = await drainGpus(fleet, which, { deadlineMs, solver: 'own' })
    vi.restoreAllMocks()
    expect(looks).toBeLessThanOrEqual(deadlineMs + 25 + 40)
    expect(verifyPlan({ kind: 'drain', fleet, which }, answer)).toMatchObject({ valid: true })
  })
})

describe.each([
  ['as they like', drawInUse(40, 5, false, 100)],
  ['with GPUs of their own', drawInUse(40, 5, true, 100)],
])('Room on a full fleet of requests that may go %s', (_name, fleet) => {
  const request: FleetRequest = { id: 'new', profile: '4g.20gb' }

  test.each([
    [0, {}],
    [20, {}],
    [60, {}],
    [60, { certify: true }],
    [60, { live: true }],
  ])(
    'is made within 40 looks after a limit of %i, with %j',
    (deadlineMs, options: MakeRoomOptions) => {
      startClock()
      const answer = makeRoom(fleet, request, { ...options, deadlineMs })
      vi.restoreAllMocks()
      expect(looks).toBeLessThanOrEqual(deadlineMs + 25 + 40)
      // Nothing has room as it is, so any plan moves something.
      if (answer.kind !== 'no-room') expect(answer.lowerBound).toBeGreaterThanOrEqual(1)
      expect(
        verifyPlan(
          { kind: 'room', fleet, request, options: { live: options.live ?? false } },
          answer,
        ),
      ).toMatchObject({ valid: true })
    },
  )
})

test('A plan of moves that would come too late is no plan: the fleet stays as it is, and its bounds stand', async () => {
  const fleet = drawInUse(400, 7, false)
  startClock()
  // The search takes few looks, and each of 64 moves that are named takes one.
  const answer = await compactFleet(fleet, { deadlineMs: 1e9, solver: 'own' })
  const all = looks
  expect(answer.plan.moves.length).toBeGreaterThan(64)
  let hasStopped = false
  for (let deadlineMs = all - 30; deadlineMs > 0 && !hasStopped; deadlineMs -= 1) {
    looks = 0
    const late = await compactFleet(fleet, { deadlineMs, solver: 'own' })
    if (late.plan.moves.length > 0) continue
    hasStopped = true
    expect(late).toMatchObject({ stopped: 'deadline', gpus: late.gpusBefore, freed: [] })
    expect(late.lowerBound.gpus).toBe(answer.lowerBound.gpus)
    expect(verifyPlan({ kind: 'compaction', fleet }, late)).toMatchObject({ valid: true })
  }
  expect(hasStopped).toBe(true)
})

test.each([
  [10_000, [7000]],
  [120, []],
])(
  'With a limit of %i ms, HiGHS gets %j ms for a compaction, because it ends after its limit',
  async (deadlineMs, expected) => {
    vi.spyOn(performance, 'now').mockReturnValue(0)
    const options = { costs: moveCosts, costsPath: 'costs', pinned: [], request: null }
    const { grouped } = groupSnapshot(fleetWithGap, options)
    const limits: (number | undefined)[] = []
    const solver = (_program: unknown, limitMs?: number): WholeSolution => {
      limits.push(limitMs)
      return { kind: 'limit', values: null, bound: Number.NEGATIVE_INFINITY }
    }
    await solveCompact(grouped, fewestGpus, createBudget({ deadlineMs }), async () => solver)
    expect(limits).toEqual(expected)
  },
)
