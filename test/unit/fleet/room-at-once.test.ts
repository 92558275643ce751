import { expect, test } from 'vitest'
import { makeRoom } from '../../../lib/fleet.js'
import type { FleetGpu, FleetRequest } from '../../../types/fleet/pack.js'
import { a100 } from '../../support/a100-in-text.js'

// Where nothing has to move, the rules of docs/fleet.md choose: the smallest profile that serves, then an idle instance
// before a new one, then one for which the fewest others are cleared, then the order of the GPUs.

const taken = a100('taken', 'idle=1g.5gb@0 2g.10gb@2 3g.20gb@4')
const open = a100('open', '4g.20gb@0 1g.5gb@6')
const crowded = a100('crowded', 'idle=1g.5gb@0 idle=1g.5gb@1 2g.10gb@2 3g.20gb@4')
/** One of its idle instances is in the way of a 2g.10gb. */
const nearly = a100('nearly', 'idle=1g.5gb@0 2g.10gb@2 3g.20gb@4')
const one: FleetRequest = { profile: '1g.5gb' }
const two: FleetRequest = { profile: '2g.10gb' }
const half: FleetRequest = { need: { memoryMiB: 9000 } }
const some: FleetRequest = { need: { memoryMiB: 4000 } }
const twoIdle = a100('two idle', 'idle=2g.10gb@0 3g.20gb@4 1g.5gb@2 1g.5gb@3')

const oneIdle = a100('one idle', 'idle=1g.10gb@0 3g.20gb@4 1g.5gb@2 1g.5gb@3')
const a30: FleetGpu = { id: 'a30', model: 'A30', layout: [] }

test.each<[string, FleetRequest, readonly FleetGpu[], string, true | undefined]>([
  ['an idle instance before a new one', one, [open, taken], 'taken', true],
  ['an idle instance of the first GPU', one, [crowded, taken], 'crowded', true],
  ['an idle instance of the first GPU, whichever that is', one, [taken, crowded], 'taken', true],
  ['a new one before one for which others go', two, [crowded, open], 'open', undefined],
  ['one for which the fewest others go', two, [crowded, nearly], 'nearly', undefined],
  [
    'one for which the fewest others go, in either order',
    two,
    [nearly, crowded],
    'nearly',
    undefined,
  ],
  ['a new small one before a large one that is idle', some, [twoIdle, open], 'open', undefined],
  [
    'of two idle instances with equal memory the one with fewer slices',
    half,
    [twoIdle, oneIdle],
    'one idle',
    true,
  ],
  ['between models the one with the least memory', some, [a30, open, oneIdle], 'open', undefined],
])('makeRoom chooses %s', (_what, request, gpus, name, reused) => {
  const answer = makeRoom({ gpus }, request, { clearIdle: true })
  if (answer.kind !== 'room') throw new Error(answer.kind)
  expect([answer.gpu, answer.reused, answer.plan.cost]).toEqual([name, reused, 0])
})
