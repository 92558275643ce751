import { expect, test } from 'vitest'
import { createFleet, verifyRegret } from '../../../lib/fleet.js'
import type { CreateFleetOptions, Fleet } from '../../../types/fleet/online.js'
import type { FleetRegret, RegretCertificate } from '../../../types/fleet/regret.js'
import { migErrorOf, rejectionOf } from '../../support/errors.js'

const model = 'A100-SXM4-40GB'

/** A fleet of one A100, and its time. */
function oneGpu(more: Partial<CreateFleetOptions> = {}): {
  fleet: Fleet
  at: (time: number) => Fleet
} {
  let now = 0
  const fleet = createFleet({
    gpus: [{ id: 'gpu', model }],
    history: 100,
    clock: () => now,
    ...more,
  })
  return {
    fleet,
    at: (time) => {
      now = time
      return fleet
    },
  }
}

test('of two requests for the whole of a GPU whose times overlap, nothing could have accepted both', async () => {
  const { at } = oneGpu()
  at(0).place({ id: 'first', profile: '7g.40gb', expectedEnd: 20 })
  at(10).place({ id: 'second', profile: '7g.40gb', expectedEnd: 30 })
  at(20).release('first')
  at(40).place({ id: 'third', profile: '7g.40gb', expectedEnd: 50 })
  expect(await at(50).regret()).toEqual({
    since: 0,
    requests: { asked: 3, accepted: 2, assumedStays: 0 },
    memoryUnits: { asked: 24, accepted: 16, withMoves: 16, bound: 16 },
    stopped: null,
  })
})

test('a request that only a move would have admitted counts for moves, and a longer one in its place for the bound', async () => {
  const { at } = oneGpu({ gpus: [{ id: 'gpu', model, count: 2 }] })
  // Two small ones part the GPUs, so the large one is refused until they share one.
  for (const [index, id] of ['a', 'b'].entries()) {
    const there = { gpu: `gpu/${index}`, placement: { start: 0, size: 1 } }
    at(0).place({ id, profile: '1g.5gb' }, { at: there })
  }
  expect(at(1).place({ id: 'c', profile: '7g.40gb', expectedEnd: 9 }).kind).toBe('refused')
  const { memoryUnits } = await at(2).regret()
  expect(memoryUnits).toEqual({ asked: 10, accepted: 2, withMoves: 10, bound: 10 })
})

test('a refused request without an end is taken to stay as long as an accepted one of its kind', async () => {
  const { at } = oneGpu()
  at(0).place({ id: 'a', profile: '7g.40gb' })
  at(1).place({ id: 'b', profile: '7g.40gb' })
  at(10).release('a')
  // b would have been there until 11: it is in the way at 10.5, and no longer at 12.
  at(10.5).place({ id: 'c', profile: '7g.40gb' })
  at(10.6).release('c')
  at(12).place({ id: 'd', profile: '7g.40gb' })
  const { requests, memoryUnits } = await at(13).regret()
  expect(requests).toEqual({ asked: 4, accepted: 3, assumedStays: 1 })
  expect(memoryUnits.bound).toBe(24)
})

test('a request that is refused and comes again with its id counts once', async () => {
  const { at } = oneGpu()
  at(0).place({ id: 'a', profile: '7g.40gb' })
  for (const time of [1, 2, 3]) at(time).place({ id: 'b', profile: '3g.20gb' })
  at(4).release('a')
  at(5).place({ id: 'b', profile: '3g.20gb' })
  const { requests, memoryUnits } = await at(6).regret()
  expect(requests).toEqual({ asked: 2, accepted: 2, assumedStays: 0 })
  expect(memoryUnits.bound).toBe(12)
})

test('what is older than the history, and what came with a GPU, stays where it is and counts nothing', async () => {
  const held = { profileId: 9, placement: { start: 0, size: 4 }, id: 'held' }
  const { at } = oneGpu({ gpus: [{ id: 'gpu', model, layout: [held] }], history: 2 })
  at(0).place({ id: 'old', profile: '1g.5gb' })
  at(1).place({ id: 'new', profile: '1g.5gb' })
  at(2).place({ id: 'large', profile: '4g.20gb', expectedEnd: 9 })
  const { requests, memoryUnits, since } = await at(3).regret()
  expect(since).toBe(1)
  expect(requests).toMatchObject({ asked: 2, accepted: 1 })
  // Four units less that of the old one are left, which a part of the large one could use.
  expect(memoryUnits).toEqual({ asked: 5, accepted: 1, withMoves: 1, bound: 3 })
})

test('GPUs count from when they come to when they leave', async () => {
  const { at } = oneGpu()
  const whole = (id: string, expectedEnd: number) => ({ id, profile: '7g.40gb', expectedEnd })
  at(0).place(whole('a', 100))
  at(1).place(whole('b', 2.5))
  at(2).addGpus([{ id: 'more', model }])
  at(3).place(whole('c', 4))
  at(4).release('c')
  at(4).removeGpus(['more'])
  at(5).place(whole('d', 6))
  const { memoryUnits } = await at(6).regret()
  expect(memoryUnits).toEqual({ asked: 32, accepted: 16, withMoves: 16, bound: 24 })
})

test('all members of a request with a count come, or none does', async () => {
  const { at } = oneGpu()
  at(0).place({ id: 'a', profile: '3g.20gb' })
  at(1).place({ id: 'b', profile: '3g.20gb', count: 2, expectedEnd: 9 })
  at(2).place({ id: 'c', profile: '1g.5gb', count: 3 })
  const { requests, memoryUnits } = await at(3).regret()
  expect(requests).toEqual({ asked: 6, accepted: 4, assumedStays: 0 })
  expect(memoryUnits).toMatchObject({ asked: 15, accepted: 7, withMoves: 7 })
})

test('a search that is stopped still has figures that hold', async () => {
  const { at } = oneGpu()
  for (let index = 0; index < 20; index += 1)
    at(index).place({ id: `${index}`, profile: '3g.20gb', expectedEnd: 90 })
  const { memoryUnits, stopped } = await at(90).regret({ workUnits: 0 })
  expect(stopped).toBe('work-units')
  expect(memoryUnits.accepted).toBe(8)
  expect(memoryUnits.bound).toBeGreaterThanOrEqual(8)
  expect(memoryUnits.bound).toBeLessThanOrEqual(80)
  await expect(at(90).regret({ signal: AbortSignal.abort('enough') })).rejects.toBe('enough')
})

test('a fleet that remembers no requests has no regret, and says which option is missing', async () => {
  const error = await rejectionOf(createFleet({ gpus: [{ id: 'gpu', model }] }).regret())
  expect(error).toMatchObject({ code: 'MIG_FLEET_INVALID' })
  expect(String(error)).toContain('history')
  for (const history of [0, 1.5, 2 ** 21, '9' as unknown as number])
    expect(migErrorOf(() => oneGpu({ history })).code).toBe('MIG_FLEET_INVALID')
})

test('a fleet without requests has nothing to regret', async () => {
  expect(await oneGpu().fleet.regret()).toEqual({
    since: null,
    requests: { asked: 0, accepted: 0, assumedStays: 0 },
    memoryUnits: { asked: 0, accepted: 0, withMoves: 0, bound: 0 },
    stopped: null,
  })
})

/** What came with its GPU, what was refused without an end, and GPUs that come and go. */
async function lookBack(): Promise<FleetRegret> {
  const held = { profileId: 9, placement: { start: 0, size: 4 }, id: 'held' }
  const { at } = oneGpu({ gpus: [{ id: 'gpu', model, layout: [held] }] })
  at(1).place({ id: 'a', profile: '4g.20gb' })
  at(1).place({ id: 'small', need: { memoryMiB: 9000 }, count: 2 })
  at(2).addGpus([{ id: 'more', model: 'A30' }])
  at(3).place({ id: 'b', need: { memoryMiB: 11_000 }, expectedEnd: 8 })
  at(4).place({ id: 'c', profile: '7g.40gb' })
  at(5).release('b')
  at(6).removeGpus(['more'])
  at(7).place({ id: 'd', profile: '3g.20gb', expectedEnd: 9 })
  return JSON.parse(JSON.stringify(await at(8).regret({ certify: true })))
}

test('a kept look back names each request, says whether it was accepted, and is confirmed by verifyRegret', async () => {
  const regret = await lookBack()
  expect(verifyRegret(regret)).toEqual({ valid: true })
  const { stays = [], times } = regret.certificate ?? {}
  expect(times).toEqual([1, 1, 3, 4, 7])
  expect(stays.map(({ request, first, accepted }) => [request, first, accepted])).toEqual([
    ['held', 0, true],
    ['a', 0, false],
    ['small', 1, true],
    ['small', 1, true],
    ['b', 2, true],
    ['c', 3, false],
    ['d', 4, false],
  ])
  expect(await oneGpu().at(1).regret()).not.toHaveProperty('certificate')
})

test.each<[string, (certificate: RegretCertificate) => object, string]>([
  ['no certificate', () => ({ certificate: undefined }), 'it has no certificate'],
  [
    'a stay that nobody accepted as an accepted one',
    ({ stays, ...rest }) => ({
      certificate: { ...rest, stays: stays.map((stay) => ({ ...stay, accepted: true })) },
    }),
    'accepted is not what follows from the stays',
  ],
  [
    'fewer GPUs than there were, with figures as before',
    (certificate) => ({
      certificate: { ...certificate, gpus: [{ from: 0, counts: [] }] },
    }),
    'certificate.gpus.0.counts has not one for each geometry',
  ],
  [
    'a stay beyond the last arrival',
    ({ stays, ...rest }) => ({
      certificate: { ...rest, stays: stays.map((stay) => ({ ...stay, last: 99 })) },
    }),
    'certificate.stays.0 has no arrivals from first to last',
  ],
  [
    'a geometry of no GPU',
    (certificate) => ({
      certificate: { ...certificate, geometries: [{ profiles: null }, { profiles: null }] },
    }),
    'certificate.geometries.0 is invalid',
  ],
  [
    'a price that is no whole number',
    ({ prices, ...rest }) => ({
      certificate: { ...rest, prices: { ...prices, denominator: 0.5 } },
    }),
    'certificate.prices.denominator is 0.5, not a whole number from 1',
  ],
  [
    'a later version',
    (certificate) => ({ certificate: { ...certificate, version: 2 } }),
    'certificate.version is 2, not 1',
  ],
])('verifyRegret refuses a look back and says why: %s', async (_, change, reason) => {
  const regret = await lookBack()
  const { certificate } = regret
  if (certificate === undefined) throw new Error('no certificate')
  expect(verifyRegret({ ...regret, ...change(certificate) } as FleetRegret)).toEqual({
    valid: false,
    reason: expect.stringContaining(reason),
  })
})
