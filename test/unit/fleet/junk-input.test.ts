import { describe, expect, test } from 'vitest'
import { isMigError } from '../../../lib/errors.js'
import {
  compactFleet,
  configureNodes,
  createFleet,
  drainGpus,
  makeRoom,
  packFleet,
  splitFleetPlan,
  verifyBound,
} from '../../../lib/fleet.js'
import type { Fleet } from '../../../types/fleet/online.js'

const model = 'A100-SXM4-40GB'
const gpus = [{ id: 'a', model, count: 2 }]
const request = { profile: '1g.5gb' }
const junk: readonly unknown[] = [
  null,
  undefined,
  5,
  5n,
  'text',
  Symbol('s'),
  [],
  [null],
  new Array(1),
  () => 1,
]

/** Whatever it is called with: done, or said to make no sense. */
async function expectNoCrash(call: () => unknown): Promise<void> {
  try {
    await call()
  } catch (error) {
    expect(isMigError(error), String(error)).toBe(true)
  }
}

/** As a program in JavaScript calls it. */
type Loose = (...values: readonly unknown[]) => unknown

describe('what is no list, no object and no number', () => {
  test.each<[string, Loose]>([
    ['createFleet', createFleet as Loose],
    ['packFleet', packFleet as Loose],
    ['makeRoom', makeRoom as Loose],
    ['compactFleet', compactFleet as Loose],
    ['drainGpus', drainGpus as Loose],
    ['configureNodes', configureNodes as Loose],
    ['splitFleetPlan', splitFleetPlan as Loose],
    ['verifyBound', verifyBound as Loose],
  ])('%s says so', async (_, call) => {
    for (const value of junk) {
      await expectNoCrash(() => call(value, value, value))
      await expectNoCrash(() => call({ gpus: value, requests: value, steps: value, value }))
      await expectNoCrash(() => call({ gpus, requests: value }, value))
      await expectNoCrash(() => call({ gpus, requests: [] }, request, value))
      await expectNoCrash(() => call({ gpus: [value], requests: [value] }, value))
    }
  })

  test.each<[keyof Fleet]>([
    ['place'],
    ['admit'],
    ['release'],
    ['move'],
    ['addGpus'],
    ['removeGpus'],
    ['cordon'],
    ['uncordon'],
  ])('%s says so, and changes nothing', async (method) => {
    const fleet = createFleet({ gpus })
    fleet.place({ id: 'q', ...request })
    const before = fleet.snapshot()
    for (const value of junk) {
      // An empty list is a question as any other.
      if (Array.isArray(value) && value.length === 0) continue
      if (method === 'uncordon' && value === undefined) continue
      const call = fleet[method] as Loose
      expect(() => call(value, value), String(value)).toThrow(
        expect.objectContaining({ code: 'MIG_FLEET_INVALID' }),
      )
    }
    expect(fleet.snapshot()).toEqual(before)
  })

  test.each([
    [{ count: 1n }, 'request.count is 1n'],
    [{ count: 0 }, 'request.count is 0, not a whole number from 1'],
    [{ cuont: 3 }, 'request has no field cuont: did you mean count?'],
    [{ where: { gpu: ['a'] } }, 'request.where has no field gpu: did you mean gpus?'],
    [{ where: { nodes: 'one' } }, 'request.where.nodes is "one", not a list'],
    [{ spread: [{ label: 'x', maxPerGPU: 1 }] }, 'did you mean maxPerGpu?'],
    [{ avoid: [{ label: 'x', scope: 'rack' }] }, 'request.avoid[0].scope is "rack", not "gpu" or'],
    [{ labels: 'web' }, 'request.labels is "web", not a list'],
    [{ profile: undefined, need: { memoryMib: 1 } }, 'did you mean memoryMiB?'],
    [{ profile: undefined, need: null }, 'request.need is null'],
    [{ profile: undefined, need: { memoryMiB: 1n } }, 'request.need'],
    [{ profile: {} }, 'request.profile is an object'],
    [{ profile: undefined, wholeGpu: false }, 'request.wholeGpu is false, not true'],
  ])('a request with %o', (part, message) => {
    const fleet = createFleet({ gpus })
    const asked = { ...request, ...part } as Parameters<Fleet['place']>[0]
    expect(() => fleet.place(asked)).toThrow(
      expect.objectContaining({
        code: 'MIG_FLEET_INVALID',
        message: expect.stringContaining(message),
      }),
    )
  })

  test.each([
    [{ layout: null }, 'gpus[0].layout is null, not a list'],
    [{ layout: [{ profileId: 19, placement: null }] }, 'gpus[0].layout[0].placement is null'],
    [{ layout: [{ profileId: 19 }] }, 'gpus[0].layout[0].placement is undefined'],
    [{ migEnabled: 'no' }, 'gpus[0].migEnabled is "no", not true or false'],
    [{ labels: { rack: 3 } }, 'gpus[0].labels.rack is 3, not a text'],
    [{ count: 2n }, 'gpus[0].count is 2n'],
    [{ geometry: 7 }, 'gpus[0].geometry is 7, not an object'],
  ])('a GPU with %o', (part, message) => {
    const gpu = { id: 'a', model, ...part } as never
    expect(() => createFleet({ gpus: [gpu] })).toThrow(
      expect.objectContaining({
        code: 'MIG_FLEET_INVALID',
        message: expect.stringContaining(message),
      }),
    )
  })

  test('what was tuned for other GPUs alone', () => {
    const policy = { kind: 'tuned', models: [{ profiles: ['1g.5gb'], weights: [1] }] } as const
    expect(() => createFleet({ gpus, policy })).toThrow(/policy was tuned for GPUs with other/)
    expect(() => createFleet({ gpus: [], policy })).not.toThrow()
  })
})

test.each(['__proto__', 'constructor', 'toString', 'é😀', '\0', 'q/0', ' '])('the id %o', (id) => {
  const fleet = createFleet({ gpus: [{ id, model, count: 2 }] })
  const placed = fleet.place({ id, profile: '1g.5gb', count: 2, labels: [id], sameNode: id })
  expect(placed).toMatchObject({ kind: 'placed', id, placements: [{ gpu: `${id}/0` }, {}] })
  expect(fleet.release(`${id}/0`)).toHaveLength(1)
  expect(fleet.release(id)).toHaveLength(1)
})
