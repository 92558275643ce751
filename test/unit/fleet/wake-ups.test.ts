import { expect, test } from 'vitest'
import { createFleet } from '../../../lib/fleet.js'

const model = 'A100-SXM4-40GB'
const at = (profileId: number, start: number, size: number, id?: string) => ({
  profileId,
  placement: { start, size },
  ...(id !== undefined && { id }),
})

test('wakeUps names the smallest sets of instances that have to leave a GPU, and the GPUs to watch', () => {
  const halves = [at(9, 0, 4, 'left'), at(9, 4, 4, 'right')]
  const small = [at(19, 0, 1, 's0'), at(19, 2, 1, 's2'), at(9, 4, 4, 'half')]
  const fleet = createFleet({
    gpus: [
      { id: 'a', model, node: 'one', layout: halves },
      { id: 'b', model, layout: small },
    ],
  })
  expect(fleet.wakeUps({ profile: '3g.20gb' })).toEqual({
    hasRoom: false,
    releases: [
      { gpu: 'a', node: 'one', requests: ['left'] },
      { gpu: 'a', node: 'one', requests: ['right'] },
      { gpu: 'b', node: null, requests: ['half'] },
      { gpu: 'b', node: null, requests: ['s0', 's2'] },
    ],
    complete: true,
    gpus: ['a', 'b'],
  })
  expect(fleet.wakeUps({ profile: '3g.20gb' }, { maxReleases: 1 })).toMatchObject({
    releases: [{ requests: ['left'] }, { requests: ['right'] }, { requests: ['half'] }],
    complete: false,
  })
  expect(fleet.wakeUps({ profile: '1g.5gb' })).toMatchObject({ hasRoom: true, releases: [] })
})

test('wakeUps lists no instance without an id and no cordoned GPU, but watches that GPU', () => {
  const fleet = createFleet({
    gpus: [
      { id: 'a', model, layout: [at(0, 0, 8)] },
      { id: 'b', model, layout: [at(0, 0, 8, 'kept')] },
      { id: 'w', model, migEnabled: false, heldBy: 'whole' },
    ],
  })
  fleet.cordon({ gpus: ['b'] })
  expect(fleet.wakeUps({ profile: '7g.40gb' })).toMatchObject({ releases: [], gpus: ['a', 'b'] })
  expect(fleet.wakeUps({ wholeGpu: true })).toMatchObject({
    releases: [{ gpu: 'w', requests: ['whole'] }],
    gpus: ['w'],
  })
})

test('wakeUps finds the neighbour that keeps a request away, on whichever GPU of the node it is', () => {
  const fleet = createFleet({ gpus: [{ id: 'a', model, node: 'one', count: 2 }] })
  const loud = { id: 'loud', profile: '1g.5gb', labels: ['loud'] }
  fleet.place(loud, { at: { gpu: 'a/1', placement: { start: 0, size: 1 } } })
  fleet.place({ id: 'other', profile: '7g.40gb' })
  const quiet = { profile: '1g.5gb', avoid: [{ label: 'loud', scope: 'node' as const }] }
  expect(fleet.wakeUps(quiet)).toEqual({
    hasRoom: false,
    releases: [{ gpu: 'a/1', node: 'one', requests: ['loud'] }],
    complete: false,
    gpus: ['a/0', 'a/1'],
  })
})

test('wakeUps answers at once for a count that no fleet can hold, and tries every member for one that may fit', () => {
  const fleet = createFleet({ gpus: [{ id: 'a', model, count: 2 }] })
  fleet.place({ id: 'job', profile: '3g.20gb', count: 3 })
  expect(fleet.wakeUps({ profile: '3g.20gb', count: 2 ** 40 })).toMatchObject({ releases: [] })
  const { releases } = fleet.wakeUps({ profile: '3g.20gb', count: 2 })
  const ids = releases.flatMap(({ requests }) => requests)
  expect([ids.length, ids.toSorted()]).toEqual([3, ['job/0', 'job/1', 'job/2']])
})

test('wakeUps refuses what place refuses, and an option that it does not have', () => {
  const fleet = createFleet({ gpus: [{ id: 'a', model }] })
  expect(() => fleet.wakeUps({ profile: '9g.90gb' })).toThrow(/9g.90gb/)
  expect(() => fleet.wakeUps({ profile: '1g.5gb', count: 0 })).toThrow(/count is 0/)
  expect(() => fleet.wakeUps({ profile: '1g.5gb' }, { maxReleases: 0 })).toThrow(/maxReleases/)
  expect(() => fleet.wakeUps({ profile: '1g.5gb' }, { most: 1 } as object)).toThrow(TypeError)
})
