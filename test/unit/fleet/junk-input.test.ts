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

/** Either the call succeeds, or a typed error says what is wrong with its arguments. */
async function expectNoCrash(call: () => unknown): Promise<void> {
  try {
    await call()
  } catch (error) {
    const isExplained = isMigError(error) || / has no option /.test(String(error))
    expect(isExplained, String(error)).toBe(true)
  }
}

/** A function as plain JavaScript calls it. */
type Loose = (...values: readonly unknown[]) => unknown

describe('Arguments of the wrong type', () => {
  test.each<[string, Loose]>([
    ['createFleet', createFleet as Loose],
    ['packFleet', packFleet as Loose],
    ['makeRoom', makeRoom as Loose],
    ['compactFleet', compactFleet as Loose],
    ['drainGpus', drainGpus as Loose],
    ['configureNodes', configureNodes as Loose],
    ['splitFleetPlan', splitFleetPlan as Loose],
    ['verifyBound', verifyBound as Loose],
  ])('%s refuses an argument of the wrong type and names it', async (_, call) => {
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
  ])('%s of a fleet refuses an argument of the wrong type, and changes nothing', async (method) => {
    const fleet = createFleet({ gpus })
    fleet.place({ id: 'q', ...request })
    const before = fleet.snapshot()
    for (const value of junk) {
      // An empty list is a valid argument.
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
    [
      { avoid: [{ label: 'x', scope: 'rack' }] },
      'request.avoid[0].scope is "rack", not \'gpu\' or',
    ],
    [{ labels: 'web' }, 'request.labels is "web", not a list'],
    [{ profile: undefined, need: { memoryMib: 1 } }, 'did you mean memoryMiB?'],
    [{ profile: undefined, need: null }, 'request.need is null'],
    [{ profile: undefined, need: { memoryMiB: 1n } }, 'request.need'],
    [{ profile: {} }, 'request.profile is an object'],
    [{ profile: undefined, wholeGpu: false }, 'request.wholeGpu is false, not true'],
  ])('A request with %o is refused', (part, message) => {
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
    [{ labels: { rack: 3 } }, 'gpus[0].labels.rack is 3, not a string'],
    [{ count: 2n }, 'gpus[0].count is 2n'],
    [{ geometry: 7 }, 'gpus[0].geometry is 7, not an object'],
  ])('A GPU with %o is refused', (part, message) => {
    const gpu = { id: 'a', model, ...part } as never
    expect(() => createFleet({ gpus: [gpu] })).toThrow(
      expect.objectContaining({
        code: 'MIG_FLEET_INVALID',
        message: expect.stringContaining(message),
      }),
    )
  })

  test.each<[string, Loose, unknown, RegExp]>([
    ['packFleet', packFleet as Loose, { deadlineMS: 5 }, /did you mean deadlineMs\?/],
    ['packFleet', packFleet as Loose, { signal: 5 }, /signal must be an AbortSignal, not 5/],
    ['packFleet', packFleet as Loose, { zzzzzzzz: 5 }, /there are names, deadlineMs, workUnits/],
    ['compactFleet', compactFleet as Loose, { cost: {} }, /did you mean costs\?/],
    ['compactFleet', compactFleet as Loose, { solver: 'cplex' }, /solver must be 'auto' or 'own'/],
    ['configureNodes', configureNodes as Loose, { node: ['n'] }, /did you mean nodes\?/],
  ])('%s throws a TypeError for a wrong option', async (name, call, options, message) => {
    const answer = (async () => call({ gpus, requests: [] }, options))()
    await expect(answer).rejects.toThrow(TypeError)
    await expect(answer).rejects.toThrow(message)
    await expect(answer).rejects.toThrow(name)
  })

  test('makeRoom, drainGpus and splitFleetPlan throw a TypeError for wrong options', async () => {
    const plan = { steps: [], gpus: [] }
    expect(() => (makeRoom as Loose)({ gpus }, request, { maxmoves: 1 })).toThrow(
      'makeRoom has no option maxmoves: did you mean maxMoves?',
    )
    await expect((drainGpus as Loose)({ gpus }, { gpus: ['a/0'] }, { pined: [] })).rejects.toThrow(
      'drainGpus has no option pined: did you mean pinned?',
    )
    expect(() => (splitFleetPlan as Loose)(plan, { selector: String })).toThrow(
      'splitFleetPlan has no option selector: did you mean selectorOf?',
    )
  })

  test('Methods of a fleet throw a TypeError for wrong options and change nothing', () => {
    const fleet = createFleet({ gpus })
    fleet.place({ id: 'q', ...request })
    const before = fleet.snapshot()
    const refuse = (call: () => unknown, message: string): void => {
      expect(call).toThrow(TypeError)
      expect(call).toThrow(message)
    }
    refuse(
      () => (fleet.place as Loose)({ id: 'r', ...request }, { on: { gpu: 'a/0' } }),
      'place has no option on',
    )
    refuse(() => (fleet.removeGpus as Loose)(['a/0'], { evit: true }), 'did you mean evict?')
    refuse(
      () => (fleet.removeGpus as Loose)(['a/0'], { evict: 'no' }),
      'removeGpus: option evict must be true or false, not "no"',
    )
    refuse(() => (fleet.tune as Loose)({ sed: 1 }), 'tune has no option sed: did you mean seed?')
    expect(fleet.snapshot()).toEqual(before)
  })

  test('A packing problem with a misspelt field is refused, and a snapshot is a valid problem', async () => {
    const problem = { gpus, requests: [request], objectve: 'cost' }
    await expect((packFleet as Loose)(problem)).rejects.toMatchObject({
      code: 'MIG_FLEET_INVALID',
      message: 'problem has no field objectve: did you mean objective?.',
    })
    await expect(packFleet(createFleet({ gpus }).snapshot())).resolves.toMatchObject({ gap: 0 })
  })

  test('A choice of GPUs with a misspelt field is refused, because it would choose nothing', async () => {
    const fleet = createFleet({ gpus })
    const message = 'which has no field node: did you mean nodes?'
    expect(() => (fleet.cordon as Loose)({ node: ['n'] })).toThrow(message)
    await expect((drainGpus as Loose)({ gpus }, { node: ['n'] })).rejects.toThrow(message)
  })

  test('A policy that was tuned for other GPUs is refused', () => {
    const policy = { kind: 'tuned', models: [{ profiles: ['1g.5gb'], weights: [1] }] } as const
    expect(() => createFleet({ gpus, policy })).toThrow(/policy was tuned for other GPUs/)
    expect(() => createFleet({ gpus: [], policy })).not.toThrow()
  })
})

test.each(['__proto__', 'constructor', 'toString', 'é😀', '\0', 'q/0', ' '])(
  'A request with the id %o is placed and released',
  (id) => {
    const fleet = createFleet({ gpus: [{ id, model, count: 2 }] })
    const placed = fleet.place({ id, profile: '1g.5gb', count: 2, labels: [id], sameNode: id })
    expect(placed).toMatchObject({ kind: 'placed', id, placements: [{ gpu: `${id}/0` }, {}] })
    expect(fleet.release(`${id}/0`)).toHaveLength(1)
    expect(fleet.release(id)).toHaveLength(1)
  },
)
