import { expect, test } from 'vitest'
import { makeRoom } from '../../../lib/fleet.js'
import type { MakeRoomOptions } from '../../../types/fleet/moves.js'
import { a100 } from '../../support/a100-in-text.js'
import { drawInUse } from '../../support/draw-in-use.js'
import { seeded } from '../../support/random.js'

// To empty one of these GPUs takes some moves, which all cost something else, and each instance may be on four GPUs alone.

const fleet = drawInUse(200, 5, true, 100)
const draw = seeded(9)
const costs = (fleet.requests ?? []).map(({ id = '' }) => ({ id, cost: 1000 + draw(1000) }))

function ask(limits: MakeRoomOptions) {
  return makeRoom(fleet, { profile: '7g.40gb' }, { ...limits, moveCost: { requests: costs } })
}

test('Without limits, makeRoom ends its search after a quarter of a second of work, where more would find a plan', () => {
  // A unit of work is about a microsecond.
  const answer = ask({})
  expect(answer).toMatchObject({ kind: 'unknown', stopped: 'work-units' })
  expect(answer).toEqual(ask({ workUnits: 250_000 }))
  expect(ask({ workUnits: 1_000_000 })).toMatchObject({ kind: 'room', stopped: null })
})

test('makeRoom with a limit of work and a deadline ends at the one that comes first', () => {
  const gpus = [
    a100('0', 'a=4g.20gb@0 b=1g.5gb@4 c=1g.5gb@6'),
    a100('1', 'd=4g.20gb@0 e=3g.20gb@4'),
    a100('2', 'f=3g.20gb@0 g=1g.5gb@4 h=1g.5gb@5'),
    a100('3', 'i=2g.10gb@0 j=2g.10gb@2 k=1g.5gb@4 l=1g.5gb@6'),
    a100('4', 'm=4g.20gb@0 n=1g.5gb@4 o=1g.5gb@6'),
  ]
  const each = [6, 18, 8, 2, 4, 16, 2, 3, 8, 6, 14, 12, 15, 2, 13]
  const requests = each.map((cost, at) => ({ id: 'abcdefghijklmno'.charAt(at), cost }))
  const inSmall = (limits: MakeRoomOptions) =>
    makeRoom({ gpus }, { profile: '4g.20gb' }, { ...limits, moveCost: { requests } })
  for (const workUnits of [0, 5, 20, 100]) {
    const farAway = inSmall({ workUnits, deadlineMs: 1e9 })
    expect(farAway).toMatchObject({ kind: 'unknown', stopped: 'work-units' })
    expect(farAway).toEqual(inSmall({ workUnits }))
  }
  const now = inSmall({ workUnits: 1_000_000, deadlineMs: 0 })
  expect(now).toMatchObject({ kind: 'unknown', stopped: 'deadline' })
})
