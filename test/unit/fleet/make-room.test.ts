import { describe, expect, test } from 'vitest'
import { makeRoom } from '../../../lib/fleet.js'
import type { FleetGpu, FleetInstance } from '../../../types/fleet/pack.js'
import { findAnswerFault } from '../../support/fleet-replay.js'
import { type NaiveGpu, naiveGpus } from '../../support/naive-gpu.js'

const model = 'A100-SXM4-40GB'
const a100 = naiveGpus.find(({ key }) => key === 'a100-40gb') as NaiveGpu

/** An instance such as `'3g.20gb@4'`, held by `id`. */
function at(text: string, id?: string, more: Partial<FleetInstance> = {}): FleetInstance {
  const [name, start] = text.split('@')
  const profile = a100.geometry.profiles.find((each) => each.name === name)
  const placement = profile?.placements.find((each) => each.start === Number(start))
  if (profile === undefined || placement === undefined) throw new Error(text)
  return { profileId: profile.id, placement, ...(id !== undefined && { id }), ...more }
}

const gpu = (id: string, ...layout: FleetInstance[]): FleetGpu => ({ id, model, layout })

describe('makeRoom', () => {
  const blocked = [
    gpu('a', at('1g.5gb@0', 'small'), at('3g.20gb@4', 'big')),
    gpu('b', at('3g.20gb@0', 'fixed', { pinned: true }), at('1g.5gb@4'), at('1g.5gb@5')),
  ]

  test('makeRoom moves the instance in the way, and creates its new one first', () => {
    const answer = makeRoom({ gpus: blocked }, { id: 'new', profile: '4g.20gb' })
    if (answer.kind !== 'room') throw new Error(answer.kind)
    expect([answer.gpu, answer.placement]).toEqual(['a', { start: 0, size: 4 }])
    expect(answer.plan.moves.map(({ request, to }) => [request, to.gpu])).toEqual([['small', 'b']])
    expect(answer.plan.steps.map(({ kind, gpu: on }) => `${kind} ${on}`)).toEqual([
      'create b',
      'destroy a',
      'create a',
    ])
    expect([answer.lowerBound, answer.plan.stops]).toEqual([1, 0])
  })

  test('makeRoom moves nothing if there is room', () => {
    const answer = makeRoom({ gpus: blocked }, { profile: '1g.5gb' })
    expect(answer).toMatchObject({ kind: 'room', plan: { moves: [], cost: 0 }, lowerBound: 0 })
  })

  test('makeRoom leaves what is pinned, by the instance or by the option', () => {
    const fleet = { gpus: blocked }
    const request = { profile: '4g.20gb' }
    expect(makeRoom(fleet, request, { pinned: ['small'] }).kind).toBe('no-room')
    const pinned = blocked.with(0, gpu('a', at('1g.5gb@0', 's', { pinned: true }), at('3g.20gb@4')))
    expect(makeRoom({ gpus: pinned }, request).kind).toBe('no-room')
    expect(makeRoom(fleet, request, { maxMoves: 0 })).toMatchObject({
      kind: 'no-room',
      proof: 'exhaustive',
      maxMoves: 0,
    })
  })

  test('makeRoom keeps a request off a GPU with a label that it avoids there', () => {
    const [, b] = blocked
    const gpus = [
      gpu('a', at('1g.5gb@0', 'small'), at('3g.20gb@4', 'big', { labels: ['noisy'] })),
      ...(b === undefined ? [] : [b]),
    ]
    const avoiding = (label: string): unknown =>
      makeRoom({ gpus }, { profile: '4g.20gb', avoid: [{ label, scope: 'gpu' }] }).kind
    expect([avoiding('quiet'), avoiding('noisy')]).toEqual(['room', 'no-room'])
  })

  test('makeRoom without time answers that at least the cheapest move is needed, pinned instances apart', () => {
    const answer = makeRoom({ gpus: blocked }, { profile: '4g.20gb' }, { deadlineMs: 0 })
    expect(answer).toMatchObject({ kind: 'unknown', lowerBound: 1, stopped: 'deadline' })
  })

  test('makeRoom refuses more than all GPUs can take by the bound alone', () => {
    const full = [gpu('a', at('4g.20gb@0')), gpu('b', at('4g.20gb@0'))]
    const answer = makeRoom({ gpus: full }, { profile: '4g.20gb' })
    expect(answer).toEqual({ kind: 'no-room', proof: 'class-bound', maxMoves: null })
  })

  test('makeRoom refuses by the bound alone a whole GPU beside three halves on two GPUs, where one more half would fit', () => {
    const halves = [
      gpu('a', at('3g.20gb@0', 'x'), at('3g.20gb@4', 'y')),
      gpu('b', at('3g.20gb@0', 'z')),
    ]
    const answer = makeRoom({ gpus: halves }, { profile: '7g.40gb' })
    expect(answer).toEqual({ kind: 'no-room', proof: 'class-bound', maxMoves: null })
  })

  test('makeRoom leaves an instance whose move costs more than others', () => {
    const gpus = [
      gpu('a', at('2g.10gb@0', 'dear'), at('3g.20gb@4')),
      gpu('b', at('1g.5gb@0', 'x'), at('1g.5gb@1', 'y'), at('3g.20gb@4')),
      gpu('c', at('3g.20gb@0'), at('1g.5gb@4')),
    ]
    const moveCost = { requests: [{ id: 'dear', cost: 5 }] }
    const costOf = (options: object): unknown => {
      const answer = makeRoom({ gpus }, { profile: '4g.20gb' }, options)
      return answer.kind === 'room' ? answer.plan.moves.map(({ request }) => request) : answer
    }
    expect(costOf({})).toEqual(['dear'])
    expect(costOf({ moveCost })).toEqual(['x', 'y'])
    const byId = { profile: 14, cost: 5 }
    const byName = { profile: '2g.10gb', cost: 1 }
    expect(costOf({ moveCost: { profiles: [byId] } })).toEqual(['x', 'y'])
    // A name is more special than an id.
    for (const profiles of [
      [byId, byName],
      [byName, byId],
    ])
      expect(costOf({ moveCost: { profiles } })).toEqual(['dear'])
  })

  test('For a move within one GPU, too, the new instance exists before the old one goes', () => {
    const answer = makeRoom({ gpus: [gpu('a', at('3g.20gb@0', 'x'))] }, { profile: '4g.20gb' })
    if (answer.kind !== 'room') throw new Error(answer.kind)
    expect([answer.plan.stops, answer.plan.steps.length]).toEqual([0, 3])
    const set = a100.spots.findIndex(({ profile, start }) => {
      return a100.geometry.profiles[profile]?.name === '3g.20gb' && start === 0
    })
    expect(findAnswerFault([{ id: 'a', gpu: a100, there: 1 << set }], answer.plan)).toBeNull()
  })

  test('makeRoom moves instances only where their requests may go', () => {
    const gpus = [
      { ...(blocked[0] as FleetGpu), node: 'n1' },
      { ...(blocked[1] as FleetGpu), node: 'n2' },
    ]
    const requests = [{ id: 'small', profile: '1g.5gb', where: { nodes: ['n1'] } }]
    const options = { pinned: ['big'] }
    expect(makeRoom({ gpus }, { profile: '4g.20gb' }, options).kind).toBe('room')
    expect(makeRoom({ gpus, requests }, { profile: '4g.20gb' }, options).kind).toBe('no-room')
    const apart = [{ id: 'small', profile: '1g.5gb', labels: ['db'] }]
    const request = { profile: '4g.20gb', avoid: [{ label: 'db', scope: 'gpu' as const }] }
    expect(makeRoom({ gpus, requests: apart }, request, options).kind).toBe('no-room')
  })

  test('makeRoom makes no whole GPU by moves', () => {
    const off = { id: 'off', model, migEnabled: false }
    const request = { wholeGpu: true as const }
    expect(makeRoom({ gpus: [...blocked, off] }, request)).toMatchObject({ gpu: 'off' })
    expect(makeRoom({ gpus: blocked }, request)).toEqual({
      kind: 'no-room',
      proof: 'exhaustive',
      maxMoves: null,
    })
  })

  test('makeRoom names the option of moves that is no count', () => {
    for (const maxMoves of [0.5, -1, Number.NaN])
      expect(() => makeRoom({ gpus: blocked }, { profile: '1g.5gb' }, { maxMoves })).toThrow(
        /^maxMoves /,
      )
  })

  test.each([
    ['an unknown profile', { profile: '9g.99gb' }, {}, 'MIG_PROFILE_UNKNOWN'],
    ['a count above 1', { profile: '1g.5gb', count: 2 }, {}, 'MIG_FLEET_INVALID'],
    ['a limit of half a move', { profile: '1g.5gb' }, { maxMoves: 0.5 }, 'MIG_FLEET_INVALID'],
    ['a negative cost', { profile: '1g.5gb' }, { moveCost: { each: -1 } }, 'MIG_FLEET_INVALID'],
    [
      'a pinned id that holds nothing',
      { profile: '1g.5gb' },
      { pinned: ['?'] },
      'MIG_FLEET_INVALID',
    ],
  ])('makeRoom refuses %s', (_what, request, options, code) => {
    expect(() => makeRoom({ gpus: blocked }, request, options)).toThrow(
      expect.objectContaining({ code }),
    )
  })
})
