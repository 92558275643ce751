import { expect, test } from 'vitest'
import { groupSnapshot } from '../../../lib/fleet/moves/group-snapshot.js'
import { searchLive } from '../../../lib/fleet/moves/room/search-live.js'
import { createBudget } from '../../../lib/fleet/program/budget.js'
import { makeRoom, verifyPlan } from '../../../lib/fleet.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { a100 } from '../../support/a100-in-text.js'

const only = (id: string, profile: string, ...gpus: string[]): FleetRequest => ({
  id,
  profile,
  where: { gpus },
})

test('makeRoom with live proves nothing where an instance would have to step aside and come back', () => {
  // The request needs units 0 and 1 of a, so y has to go to c, and for that w to b, and for that z to c: w and z change places.
  // z has to wait on d meanwhile, where x is. x can step aside to a alone, and has to be back on d before the request comes.
  const gpus = [
    a100('a', 'y=1g.5gb@1 2g.10gb@2 3g.20gb@4'),
    a100('b', 'z=1g.5gb@0 2g.10gb@2 3g.20gb@4'),
    a100('c', 'w=2g.10gb@0 2g.10gb@2 3g.20gb@4'),
    a100('d', 'x=1g.5gb@0 1g.5gb@1 2g.10gb@2 3g.20gb@4'),
  ]
  const requests = [
    only('w', '2g.10gb', 'b', 'c'),
    only('x', '1g.5gb', 'a', 'd'),
    only('y', '1g.5gb', 'a', 'c'),
    only('z', '1g.5gb', 'b', 'c', 'd'),
  ]
  const fleet = { gpus, requests }
  const request = only('new', '2g.10gb', 'a')
  const answer = makeRoom(fleet, request, { live: true })
  expect(answer).toEqual({
    kind: 'unknown',
    lowerBound: 3,
    stopped: null,
    noLivePlan: 'not-proven',
  })
  const question = { kind: 'room', fleet, request, options: { live: true } } as const
  expect(verifyPlan(question, answer).valid).toBe(true)
  // Where x stays, nothing but stops makes room.
  const proven = makeRoom(fleet, request, { live: true, pinned: ['x'] })
  expect(proven).toMatchObject({ kind: 'unknown', noLivePlan: 'proven' })
})

test('A search through all layouts moves an instance to another GPU that holds the same', () => {
  const gpus = [
    a100('full', '4g.20gb@0 3g.20gb@4'),
    a100('a', 'x=3g.20gb@4'),
    a100('b', 'y=3g.20gb@4'),
  ]
  const request = { id: 'new', profile: '7g.40gb' }
  const { grouped } = groupSnapshot({ gpus }, { costsPath: 'moveCost', request })
  const plan = searchLive(grouped, 'new', createBudget({}))
  if (typeof plan === 'string') throw new Error(plan)
  // One of a and b becomes empty, and the other takes both.
  expect(plan.moves).toMatchObject([{ request: 'x', from: { gpu: 'a' }, to: { gpu: 'b' } }])
  expect(plan.steps.at(-1)).toMatchObject({ kind: 'create', gpu: 'a' })
})
