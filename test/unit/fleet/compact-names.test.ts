import { expect, test } from 'vitest'
import { compactFleet, createFleet, verifyPlan } from '../../../lib/fleet.js'
import type { Fleet } from '../../../types/fleet/online.js'
import type { FleetRequest } from '../../../types/fleet/pack.js'
import { seeded } from '../../support/random.js'

const profiles = ['1g.5gb', '1g.5gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb']

/** A running fleet of two models with gaps. Some requests have labels, some come with the GPUs, some GPUs are cordoned. */
function drawFleet(seed: number): Fleet {
  const random = seeded(seed)
  const gpus = Array.from({ length: 3 + random(6) }, (_, number) => ({
    id: `n${number}`,
    node: `node-${number}`,
    model: random(4) === 0 ? 'A30' : 'A100-SXM4-40GB',
    count: 1 + random(4),
    ...(random(8) === 0 && { reservation: 'team' }),
  }))
  const fleet = createFleet({ gpus })
  const held: string[] = []
  for (let number = 0; number < 60; number += 1) {
    const id = random(5) === 0 ? `a-long-name-${number}` : `r${number}`
    const request: FleetRequest = {
      id,
      profile: profiles[random(profiles.length)] ?? '',
      ...(random(6) === 0 && { labels: ['web'], spread: [{ label: 'web', maxPerGpu: 1 }] }),
      ...(random(6) === 0 && { reservation: 'team' }),
    }
    if (fleet.place(request).kind === 'placed') held.push(id)
  }
  for (const id of held) if (random(2) === 0) fleet.release(id)
  if (random(3) === 0) fleet.cordon({ nodes: ['node-0'] })
  return fleet
}

test('the plan that is made when it is read is that of the snapshot, made at once', async () => {
  let moves = 0
  for (let seed = 0; seed < 40; seed += 1) {
    const fleet = drawFleet(seed)
    const snapshot = JSON.parse(JSON.stringify(fleet.snapshot()))
    // With a deadline, the plan is part of the time and is made before the answer comes.
    const atOnce = await compactFleet(snapshot, { deadlineMs: 1e9 })
    for (const form of [fleet, snapshot]) {
      const answer = await compactFleet(form)
      const { gpus, cost, lowerBound, gap } = answer
      expect({ gpus, cost, lowerBound, gap }).toEqual({
        gpus: atOnce.gpus,
        cost: atOnce.cost,
        lowerBound: atOnce.lowerBound,
        gap: atOnce.gap,
      })
      expect(JSON.stringify(answer)).toBe(JSON.stringify(atOnce))
      moves += answer.plan.moves.length
    }
    const question = { kind: 'compaction' as const, fleet: snapshot }
    expect(verifyPlan(question, await compactFleet(fleet))).toMatchObject({ valid: true })
  }
  expect(moves).toBeGreaterThan(100)
})

test('a plan that is read later is that of the fleet at the call, whatever has happened since', async () => {
  for (let seed = 0; seed < 10; seed += 1) {
    const fleet = drawFleet(seed)
    const before = JSON.stringify((await compactFleet(fleet)).plan)
    const answer = await compactFleet(fleet)
    const { gpus, requests } = fleet.snapshot()
    const ids = gpus.flatMap(({ layout = [] }) => layout.flatMap(({ id }) => id ?? []))
    expect(requests.length).toBeLessThanOrEqual(ids.length)
    for (const id of ids) fleet.release(id)
    fleet.place({ id: 'other', profile: '1g.5gb' })
    fleet.removeGpus(
      gpus.map(({ id }) => id),
      { evict: true },
    )
    expect(JSON.stringify(answer.plan)).toBe(before)
  }
})

test('an answer whose plan nobody has read is plain data all the same: copies and texts have the plan', async () => {
  const fleet = drawFleet(3)
  const expected = (await compactFleet(fleet)).freed
  expect(expected.length).toBeGreaterThan(0)
  expect(structuredClone(await compactFleet(fleet)).freed).toEqual(expected)
  expect({ ...(await compactFleet(fleet)) }.plan.moves.length).toBeGreaterThan(0)
  const answer = await compactFleet(fleet)
  expect(answer.plan).toBe(answer.plan)
  expect(JSON.parse(JSON.stringify(answer)).freed).toEqual(expected)
})
