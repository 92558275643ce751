import { expect, test } from 'vitest'
import { makeRoom, verifyPlan } from '../../../lib/fleet.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { a100 } from '../../support/a100-in-text.js'

// The best plans follow by hand: what has no request in front is pinned, and requests name the GPUs that they may use.

const only = (id: string, profile: string, ...gpus: string[]): FleetRequest => ({
  id,
  profile,
  where: { gpus },
})

test('makeRoom proves the cost of a plan in which an instance comes back to its GPU, beside the request', () => {
  // The request needs units 0 to 3 of a. Of x and y there, x may be on no other GPU, and only the place of z has room for it.
  const gpus = [a100('a', 'x=2g.10gb@0 y=2g.10gb@2 z=2g.10gb@4 1g.5gb@6'), a100('b', '3g.20gb@4')]
  const requests = [
    only('x', '2g.10gb', 'a'),
    only('y', '2g.10gb', 'a', 'b'),
    only('z', '2g.10gb', 'a', 'b'),
  ]
  const fleet = { gpus, requests }
  const request = only('new', '4g.20gb', 'a')
  const answer = makeRoom(fleet, request)
  expect(answer).toMatchObject({ kind: 'room', plan: { cost: 3 }, lowerBound: 3, stopped: null })
  expect(verifyPlan({ kind: 'room', fleet, request }, answer).valid).toBe(true)
})

test('makeRoom leaves the smallest gap to an instance that fits nowhere else', () => {
  // Both have to leave a. The gap of b is the smallest, but x may go nowhere else, so y has to go to c.
  const gpus = [
    a100('a', 'y=1g.5gb@0 x=1g.5gb@1 3g.20gb@4'),
    a100('b', '2g.10gb@0 1g.5gb@2 3g.20gb@4'),
    a100('c', '2g.10gb@0 3g.20gb@4'),
  ]
  const requests = [only('x', '1g.5gb', 'a', 'b'), only('y', '1g.5gb', 'b', 'c')]
  const answer = makeRoom({ gpus, requests }, only('new', '4g.20gb', 'a'))
  if (answer.kind !== 'room') throw new Error(answer.kind)
  expect(answer).toMatchObject({ plan: { cost: 2 }, lowerBound: 2, stopped: null })
  const targets = answer.plan.moves.map(({ request, to }) => `${request} to ${to.gpu}`)
  expect(targets.sort()).toEqual(['x to b', 'y to c'])
})
