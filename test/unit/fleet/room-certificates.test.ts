import { afterEach, expect, test, vi } from 'vitest'
import { makeRoom, verifyPlan } from '../../../lib/fleet.js'
import type { MakeRoomOptions, MakeRoomResult } from '../../../types/fleet/moves.js'
import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import { a100 } from '../../support/a100-in-text.js'

// A check by prices takes about as long as reading the fleet, and one by a search tries every cheaper plan.

afterEach(() => {
  vi.restoreAllMocks()
})

const at = (profileId: number, start: number, size: number): FleetInstance => ({
  profileId,
  placement: { start, size },
})
const gpus = (count: number, ...layout: readonly FleetInstance[]): readonly FleetGpu[] =>
  Array.from({ length: count }, (_, number) => {
    const id = `${layout.length}-${number}`
    const named = layout.map((each, index) => ({ ...each, id: `${id}-${index}` }))
    return { id, model: 'A100-SXM4-40GB', layout: named }
  })
const halves = gpus(6, at(9, 0, 4), at(9, 4, 4))
const mixed = gpus(6, at(19, 0, 1), at(19, 1, 1), at(9, 4, 4))

type Weights = readonly ['no' | 'some', 'no' | 'some']

/** Which weights the prices have: of moves, and of their cost. */
function weightsOf({ certificate }: MakeRoomResult): Weights | undefined {
  const weights = certificate?.cost?.weights
  const amount = (weight: number): 'no' | 'some' => (weight > 0 ? 'some' : 'no')
  return weights && [amount(weights.first), amount(weights.cost)]
}

test.each<[string, readonly FleetGpu[], string, MakeRoomOptions, object, Weights]>([
  ['what moves cost at least', mixed, '4g.20gb', {}, { kind: 'room' }, ['no', 'some']],
  [
    'that so few moves do not help',
    mixed,
    '7g.40gb',
    { maxMoves: 2 },
    { kind: 'no-room', maxMoves: 2 },
    ['some', 'no'],
  ],
  ['that no moves help', halves, '3g.20gb', {}, { kind: 'no-room', maxMoves: null }, ['no', 'no']],
  [
    'that no moves help, whatever the most moves are',
    halves,
    '3g.20gb',
    { maxMoves: 2 },
    { kind: 'no-room', maxMoves: null },
    ['no', 'no'],
  ],
])(
  'The certificate of makeRoom proves by prices %s',
  (_, fleet, profile, options, answer, weights) => {
    const request = { profile }
    const found = makeRoom({ gpus: fleet }, request, { ...options, certify: true })
    expect(found).toMatchObject(answer)
    expect(weightsOf(found)).toEqual(weights)
    expect(found.certificate?.searchSteps).toBeNull()
    const question = { kind: 'room', fleet: { gpus: fleet }, request, options } as const
    expect(verifyPlan(question, found)).toEqual({ valid: true, proven: true })
  },
)

test('The certificate of makeRoom proves by prices without a linear program that 300 full GPUs of different requests are full', () => {
  const names = Array.from({ length: 300 }, (_, number) => `gpu-${number}`)
  const fleet = {
    gpus: names.map((name) => a100(name, `on-${name}=4g.20gb@0`)),
    // Each may be on all GPUs but the next, so no two GPUs are open to the same.
    requests: names.map((name, number) => {
      const where = { gpus: names.toSpliced((number + 1) % names.length, 1) }
      return { id: `on-${name}`, profile: '4g.20gb', where }
    }),
  }
  const request = { profile: '4g.20gb' }
  // A clock that stands still leaves a millisecond, in which so large a program cannot be solved.
  vi.spyOn(performance, 'now').mockReturnValue(0)
  const found = makeRoom(fleet, request, { certify: true, deadlineMs: 1 })
  vi.restoreAllMocks()
  expect(found).toMatchObject({ kind: 'no-room', proof: 'class-bound' })
  expect(verifyPlan({ kind: 'room', fleet, request }, found)).toEqual({ valid: true, proven: true })
  expect(found.certificate?.searchSteps).toBeNull()
})

test('The certificate of makeRoom has neither prices nor a search where no proof is needed', () => {
  const nothing = { cost: null, searchSteps: null }
  const free = makeRoom({ gpus: gpus(2, at(19, 0, 1)) }, { profile: '1g.5gb' }, { certify: true })
  expect(free).toMatchObject({ kind: 'room', lowerBound: 0, certificate: nothing })
  const where = { nodes: ['elsewhere'] }
  const nowhere = makeRoom({ gpus: mixed }, { profile: '1g.5gb', where }, { certify: true })
  expect(nowhere).toMatchObject({ kind: 'no-room', certificate: nothing })
})

test('The certificate of makeRoom counts the steps of a search where no prices prove the bound, and verifyPlan takes it for a proof', () => {
  const one = (id: string, start: number): FleetInstance => ({ ...at(19, start, 1), id })
  const two = (id: string, start: number): FleetInstance => ({ ...at(14, start, 2), id })
  const half = { ...at(9, 4, 4), id: 'c4' }
  const layouts = [
    [two('a0', 0), one('a2', 2), one('a3', 3), one('a4', 4), one('a6', 6)],
    [two('b2', 2), one('b4', 4), one('b6', 6)],
    [half],
  ]
  const fleet = {
    gpus: layouts.map((layout, index) => ({ id: `${index}`, model: 'A100-SXM4-40GB', layout })),
  }
  const request = { profile: '7g.40gb' }
  const found = makeRoom(fleet, request, { certify: true })
  expect(found).toMatchObject({ kind: 'room', stopped: null, certificate: { cost: null } })
  expect(found.certificate?.searchSteps).toBeGreaterThan(0)
  expect(verifyPlan({ kind: 'room', fleet, request }, found)).toEqual({ valid: true, proven: true })
})

test.each(['as the question lists them', 'in reverse order'])(
  'verifyPlan repeats the search of a certificate in as many steps, with the instances of each GPU %s',
  (order) => {
    const listed = [
      a100('0', 'a=1g.5gb@2 b=1g.5gb@4 c=1g.5gb@5 d=1g.10gb@0 e=1g.10gb@6'),
      a100('1', 'f=1g.5gb@6 g=2g.10gb@0 h=2g.10gb@2 i=1g.10gb@4'),
      a100('2', 'j=1g.5gb@5 k=1g.5gb@6 l=1g.10gb@0 m=1g.10gb@2'),
    ]
    const costs = [19, 6, 10, 19, 19, 12, 3, 4, 8, 2, 3, 19, 15]
    const moveCost = {
      requests: costs.map((cost, at) => ({ id: 'abcdefghijklm'.charAt(at), cost })),
    }
    const request = { profile: '4g.20gb' }
    const found = makeRoom({ gpus: listed }, request, { moveCost, certify: true })
    expect(found).toMatchObject({ kind: 'room', certificate: { cost: null } })
    const steps = found.certificate?.searchSteps ?? 0
    expect(steps).toBeGreaterThan(1)

    const gpus =
      order === 'in reverse order'
        ? listed.map((gpu) => ({ ...gpu, layout: gpu.layout?.toReversed() ?? [] }))
        : listed
    const question = { kind: 'room', fleet: { gpus }, request, options: { moveCost } } as const
    expect(verifyPlan(question, found)).toEqual({ valid: true, proven: true })
    const certificate = { ...found.certificate, searchSteps: steps - 1 }
    expect(verifyPlan(question, { ...found, certificate } as MakeRoomResult).valid).toBe(false)
  },
)
