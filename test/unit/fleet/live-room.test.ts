import { expect, test } from 'vitest'
import { makeRoom } from '../../../lib/fleet.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'

const model = 'A100-SXM4-40GB'
const at = (profileId: number, start: number, size: number, id?: string) => ({
  profileId,
  placement: { start, size },
  ...(id !== undefined && { id }),
})
const gpu = (id: string, ...layout: ReturnType<typeof at>[]): FleetGpu => ({ id, model, layout })

// One 2g has to move to units 2 and 3, which nothing holds.
const easy = gpu('a', at(14, 0, 2, 'left'), at(14, 4, 2, 'right'))
const tight = gpu('b', at(19, 0, 1, 'x'), at(9, 4, 4, 'big'), at(19, 2, 1, 'y'))

test('If the cheapest plan is live, makeRoom gives the same answer with and without live', () => {
  const answer = makeRoom({ gpus: [easy] }, { profile: '3g.20gb' }, { live: true })
  expect(answer).toEqual(makeRoom({ gpus: [easy] }, { profile: '3g.20gb' }))
  expect(answer).toMatchObject({ kind: 'room', plan: { stops: 0 } })
})

test('With live, no-room is as proven as without it', () => {
  const request = { profile: '7g.40gb' }
  const answer = makeRoom({ gpus: [tight] }, request, { live: true })
  expect(answer).toEqual(makeRoom({ gpus: [tight] }, request))
  expect(answer.kind).toBe('no-room')
})

test('With live, makeRoom finds a plan of the same cost without stops', () => {
  const gpus = [
    gpu('a', at(9, 0, 4, 'three'), at(14, 4, 2, 'two')),
    gpu('b', at(5, 0, 4, 'four'), at(19, 5, 1, 'x'), at(19, 4, 1, 'y')),
  ]
  const request = { profile: '2g.10gb' }
  const any = makeRoom({ gpus }, request)
  expect(any).toMatchObject({ kind: 'room', plan: { cost: 2, stops: 1 } })
  const live = makeRoom({ gpus }, request, { live: true })
  expect(live).toMatchObject({ kind: 'room', plan: { cost: 2, stops: 0 }, lowerBound: 2 })
})

test('With live, makeRoom answers unknown if it finds only plans with stops', () => {
  const gpus = [
    gpu('a', at(9, 0, 4, 'three'), at(14, 4, 2, 'two'), at(19, 6, 1, 'one')),
    gpu('b', at(9, 0, 4, 'other'), at(19, 4, 1, 'small')),
  ]
  const request = { profile: '4g.20gb' }
  const any = makeRoom({ gpus }, request)
  if (any.kind !== 'room') throw new Error(any.kind)
  expect(any.plan.stops).toBeGreaterThan(0)
  expect(makeRoom({ gpus }, request, { live: true })).toEqual({
    kind: 'unknown',
    lowerBound: any.lowerBound,
    stopped: null,
  })
})
