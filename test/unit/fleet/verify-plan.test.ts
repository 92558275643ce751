import { describe, expect, test } from 'vitest'
import { compactFleet, createFleet, drainGpus, makeRoom, verifyPlan } from '../../../lib/fleet.js'
import type { FleetCompaction } from '../../../types/fleet/moves.js'
import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import type { FleetPlanQuestion } from '../../../types/fleet/proof.js'
import { migErrorOf } from '../../support/errors.js'

const model = 'A100-SXM4-40GB'
const profiles = { '1g': 19, '2g': 14, '3g': 9, '4g': 5 }

function at(name: keyof typeof profiles, start: number, size: number, id: string): FleetInstance {
  return { profileId: profiles[name], placement: { start, size }, id }
}

function gpu(id: string, ...layout: FleetInstance[]): FleetGpu {
  return { id, model, node: `node-${id}`, layout }
}

const gpus = [
  gpu('a', at('3g', 0, 4, 'a3')),
  gpu('b', at('3g', 0, 4, 'b3'), at('1g', 4, 1, 'b1')),
  gpu('c', at('3g', 4, 4, 'c3')),
  gpu('d', at('2g', 0, 2, 'd2')),
]
const question: FleetPlanQuestion = { kind: 'compaction', fleet: { gpus } }

describe('verifyPlan', () => {
  test('verifyPlan confirms compactFleet, drainGpus and makeRoom after a round trip through JSON', async () => {
    const wanted = { id: 'new', profile: '4g.20gb' }
    const full = [
      gpu('a', at('3g', 0, 4, 'a3'), at('1g', 4, 1, 'a1')),
      gpu('b', at('3g', 0, 4, 'b3'), at('1g', 4, 1, 'b1')),
      gpu('c', at('3g', 4, 4, 'c3'), at('1g', 0, 1, 'c1')),
      gpu('d', at('3g', 4, 4, 'd4'), at('2g', 0, 2, 'd2')),
    ]
    const fleet = { gpus: full }
    const room = makeRoom(fleet, wanted, { certify: true })
    expect(room).toMatchObject({ kind: 'room', plan: { cost: 1 } })
    const asked: readonly (readonly [FleetPlanQuestion, object])[] = [
      [question, await compactFleet({ gpus })],
      [
        { kind: 'drain', fleet: { gpus }, which: { gpus: ['b'] } },
        await drainGpus({ gpus }, { gpus: ['b'] }),
      ],
      [{ kind: 'room', fleet, request: wanted }, room],
    ]
    for (const [of, answer] of asked) {
      const kept = JSON.parse(JSON.stringify({ of, answer })) as { of: FleetPlanQuestion }
      const stored = (kept as unknown as { answer: FleetCompaction }).answer
      expect(verifyPlan(kept.of, stored)).toEqual({ valid: true, proven: true })
    }
  })

  test('verifyPlan confirms the answer for a running fleet against the snapshot taken before', async () => {
    const fleet = createFleet({
      gpus: [{ id: 'gpu', model, count: 40, node: 'n' }],
      mix: { '1g.5gb': 1 },
    })
    const names = ['3g.20gb', '1g.5gb', '2g.10gb', '4g.20gb']
    for (let index = 0; index < 130; index += 1)
      fleet.place({ id: `r${index}`, profile: names[index % 4] ?? '' })
    for (let index = 0; index < 130; index += 3) {
      try {
        fleet.release(`r${index}`)
      } catch {
        // It was refused, so it holds nothing.
      }
    }
    const snapshot = JSON.parse(JSON.stringify(fleet.snapshot())) as typeof question.fleet
    const compaction = await compactFleet(fleet)
    expect(compaction.cost).toBeGreaterThan(0)
    expect(verifyPlan({ kind: 'compaction', fleet: snapshot }, compaction)).toEqual({
      valid: true,
      proven: compaction.gap === 0,
    })
    const request = { id: 'whole', profile: '7g.40gb' }
    const room = makeRoom(fleet, request, { certify: true })
    expect(verifyPlan({ kind: 'room', fleet: snapshot, request }, room)).toEqual({
      valid: true,
      proven: true,
    })
  })

  test('verifyPlan says that the word of HiGHS is not proven', async () => {
    const answer = await compactFleet({ gpus })
    const claimed: FleetCompaction = {
      ...answer,
      proof: 'milp',
      certificate: { ...answer.certificate, lowerBound: { gpus: 0, cost: 0 }, gpus: null },
    }
    expect(verifyPlan(question, claimed)).toEqual({ valid: true, proven: false })
  })

  test.each<[string, (answer: FleetCompaction) => object, string]>([
    [
      'a plan without its last step',
      ({ plan }) => ({ plan: { ...plan, steps: plan.steps.slice(0, -1) } }),
      'does not end',
    ],
    [
      'steps in the wrong order',
      ({ plan }) => ({ plan: { ...plan, steps: plan.steps.toReversed() } }),
      'creates an instance where there is no room',
    ],
    [
      'a GPU too few in use',
      ({ gpus: count }) => ({ gpus: count - 1 }),
      'gpus is not what follows',
    ],
    [
      'a bound above the answer',
      ({ lowerBound }) => ({ lowerBound: { ...lowerBound, cost: 99 } }),
      'above cost',
    ],
    [
      'prices without one that counts',
      ({ certificate }) => ({
        certificate: { ...certificate, gpus: { ...certificate.gpus, prices: [] } },
      }),
      'the prices prove gpus of 0',
    ],
    [
      'a later version',
      ({ certificate }) => ({ certificate: { ...certificate, version: 2 } }),
      'version',
    ],
    ['no certificate', () => ({ certificate: undefined }), 'certificate is no object'],
  ])('verifyPlan refuses an answer and says why: %s', async (_, change, reason) => {
    const answer = await compactFleet({ gpus })
    expect(answer).toMatchObject({ gpusBefore: 4, gpus: 2, gap: 0 })
    const changed = { ...answer, ...change(answer) } as FleetCompaction
    expect(verifyPlan(question, changed)).toEqual({
      valid: false,
      reason: expect.stringContaining(reason),
    })
  })

  test('verifyPlan refuses a plan that moves what is pinned in the question', async () => {
    const answer = await compactFleet({ gpus })
    const pinned = answer.plan.moves.map(({ request }) => request ?? '')
    expect(verifyPlan({ ...question, options: { pinned } }, answer)).toMatchObject({
      valid: false,
      reason: expect.stringContaining('has to stay'),
    })
  })

  test('verifyPlan refuses a plan with stops for a question that wants none', () => {
    const request = { id: 'new', profile: '4g.20gb' }
    const fleet = { gpus: [gpu('a', at('1g', 0, 1, 'x'), at('3g', 4, 4, 'y'))] }
    const answer = makeRoom(fleet, request, { certify: true })
    expect(answer.kind).toBe('no-room')
    expect(verifyPlan({ kind: 'room', fleet, request }, answer)).toEqual({
      valid: true,
      proven: true,
    })
    const small = { id: 'new', profile: '3g.20gb' }
    const tight = { gpus: [gpu('a', at('2g', 2, 2, 'x'), at('2g', 4, 2, 'y'))] }
    const stopping = makeRoom(tight, small, { certify: true })
    expect(stopping).toMatchObject({ kind: 'room' })
    const of = { kind: 'room', fleet: tight, request: small } as const
    expect(verifyPlan(of, stopping)).toEqual({ valid: true, proven: true })
    const isStopped = stopping.kind === 'room' && stopping.plan.stops > 0
    expect(verifyPlan({ ...of, options: { live: true } }, stopping).valid).toBe(!isStopped)
  })

  test('verifyPlan checks a request for a whole GPU', () => {
    const request = { id: 'w', wholeGpu: true } as const
    const held: FleetGpu = { id: 'x', model, migEnabled: false, heldBy: 'other' }
    const free: FleetGpu = { id: 'y', model, migEnabled: false }
    for (const fleet of [{ gpus: [held, free] }, { gpus: [held] }]) {
      const answer = makeRoom(fleet, request, { certify: true })
      const check = verifyPlan({ kind: 'room', fleet, request }, answer)
      expect(check).toEqual({ valid: true, proven: true })
    }
    const answer = makeRoom({ gpus: [free] }, request)
    const other = { kind: 'room', fleet: { gpus: [held] }, request } as const
    expect(verifyPlan(other, answer).valid).toBe(false)
  })

  test('verifyPlan throws for a question that is none', async () => {
    const answer = await compactFleet({ gpus })
    const wrong = { kind: 'compact', fleet: { gpus } } as unknown as FleetPlanQuestion
    const error = migErrorOf(() => verifyPlan(wrong, answer))
    expect(error).toMatchObject({ code: 'MIG_FLEET_INVALID' })
  })
})
