import { describe, expect, test } from 'vitest'
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
import type { FleetGpu, FleetInstance, FleetRequest } from '../../../types/fleet/pack.js'
import { readableOnce } from '../../support/read-once.js'

const model = 'A100-SXM4-40GB'
const at = (profileId: number, start: number, size: number, id: string): FleetInstance => ({
  profileId,
  placement: { start, size },
  id,
})
const gpus: readonly FleetGpu[] = [
  { id: 'a', model, node: 'one', layout: [at(19, 0, 1, 'n'), at(9, 4, 4, 'm')] },
  { id: 'b', model, node: 'two', layout: [at(19, 2, 1, 'o')], labels: { rack: '1' } },
  { id: 'c', model, count: 2, cost: 3 },
]
const requests: readonly FleetRequest[] = [
  { id: 'n', need: { memoryMiB: 4000, engines: { copy: 1 } }, where: { nodes: ['one', 'two'] } },
  { id: 'm', profile: '3g.20gb', labels: ['web'] },
]
const fleet = { gpus, requests }
const wanted: FleetRequest = { id: 'new', profile: '4g.20gb', labels: ['web'] }
const problem = {
  gpus,
  requests: [
    { ...wanted, count: 3 },
    { profile: '1g.5gb', count: 9 },
  ],
}
const costs = { each: 2, requests: [{ id: 'n', cost: 1 }], profiles: [{ profile: 9, cost: 3 }] }

describe('Arguments are read once, so they cannot differ between check and use', () => {
  test.each<[string, (once: <T>(value: T) => T) => unknown]>([
    ['packFleet', (once) => packFleet(once(problem), once({ names: true }))],
    ['makeRoom', (once) => makeRoom(once(fleet), once(wanted), once({ moveCost: costs }))],
    ['compactFleet', (once) => compactFleet(once(fleet), once({ costs, pinned: ['o'] }))],
    ['drainGpus', (once) => drainGpus(once(fleet), once({ gpus: ['a'] }), once({ costs }))],
    ['configureNodes', (once) => configureNodes(once(fleet), once({ nodes: ['two', 'one'] }))],
    [
      'splitFleetPlan',
      (once) => {
        const room = makeRoom(fleet, wanted)
        return room.kind === 'room' && splitFleetPlan(once(room.plan))
      },
    ],
    ['createFleet', (once) => createFleet(once({ ...fleet, mix: { '1g.5gb': 2 } })).snapshot()],
    [
      'createFleet of a snapshot',
      (once) => createFleet(once(createFleet(fleet).snapshot())).snapshot(),
    ],
    [
      'each call of a fleet',
      (once) => {
        const own = createFleet(fleet)
        const placement = { start: 3, size: 1 }
        return [
          own.place(once({ ...wanted, id: 'x', spread: [{ label: 'web', maxPerGpu: 1 }] })),
          own.place(once({ id: 'y', profile: '1g.5gb' }), once({ at: { gpu: 'b', placement } })),
          own.move(once([{ id: 'y', gpu: 'c/1', placement: { start: 0, size: 1 } }])),
          own.addGpus(once([{ id: 'd', model, count: 2 }])),
          own.cordon(once({ gpus: ['d/0'], nodes: ['two'] })),
          own.uncordon(once({ gpus: ['d/0'] })),
          own.removeGpus(once(['d/0', 'a']), once({ evict: true })),
          own.snapshot(),
        ]
      },
    ],
    [
      'admit',
      (once) => {
        const own = createFleet({ gpus: gpus.slice(0, 2), requests })
        const room = makeRoom(own, wanted)
        return room.kind === 'room' && [own.admit(once(wanted), once(room)), own.snapshot()]
      },
    ],
  ])('%s reads its arguments once', async (_, call) => {
    const plain = await call((value) => value)
    expect(plain).not.toBe(false)
    expect(await call(readableOnce)).toEqual(plain)
  })

  test('verifyBound', async () => {
    const { certificate } = await packFleet(problem)
    const answer = verifyBound(readableOnce(problem), readableOnce(certificate))
    expect(answer).toEqual({ valid: true, lowerBound: certificate.lowerBound })
  })
})

describe('verifyBound does not trust a certificate', () => {
  const certified = async () => {
    const { certificate } = await packFleet(problem)
    const { gpus: found } = certificate
    if (found === null) throw new Error('no prices')
    return { certificate, found }
  }

  test('verifyBound accepts no certificate whose prices change when they are read again', async () => {
    const { certificate, found } = await certified()
    let reads = 0
    const lying = {
      ...found,
      get prices() {
        reads += 1
        return reads > 1 ? found.prices.map((price) => 9 * price) : found.prices
      },
    }
    const lowerBound = { ...certificate.lowerBound, gpus: certificate.lowerBound.gpus + 1 }
    expect(verifyBound(problem, { ...certificate, lowerBound, gpus: lying }).valid).toBe(false)
  })

  test('verifyBound accepts no certificate whose prices bring their own methods', async () => {
    const { certificate, found } = await certified()
    const prices = Object.assign(
      found.prices.map((price) => 9 * price),
      { entries: () => [][Symbol.iterator]() },
    )
    const lowerBound = { ...certificate.lowerBound, gpus: certificate.lowerBound.gpus + 1 }
    const lying = { ...certificate, lowerBound, gpus: { ...found, prices } }
    expect(verifyBound(problem, lying).valid).toBe(false)
  })
})

test('A fleet does not change when the caller changes the objects it passed', () => {
  const own: FleetGpu & { node: string } = { id: 'a', model, node: 'one' }
  const asked = { id: 'x', need: { memoryMiB: 4000 }, labels: ['web'] }
  const made = createFleet({ gpus: [own] })
  made.place(asked)
  const before = JSON.stringify(made.snapshot())
  own.node = 'two'
  asked.need.memoryMiB = 40_000
  asked.labels.push('batch')
  expect(JSON.stringify(made.snapshot())).toBe(before)
})

test('Fields of a GPU that the contract does not have are passed on unchanged', () => {
  const owner = { name: 'us', gpus: [] as unknown[] }
  const own = { id: 'a', model, owner }
  owner.gpus.push(own)
  const [described] = createFleet({ gpus: [own] }).snapshot().gpus
  expect((described as typeof own | undefined)?.owner).toBe(owner)
})
