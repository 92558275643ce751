// What a fleet says of the demand that it has seen, and of its GPUs as they come and go.
import { describe, expect, test } from 'vitest'
import { createFleet } from '../../../lib/fleet.js'
import { geometryOf } from '../../support/geometry.js'

const model = 'A100-SXM4-40GB'
const twoGpus = [{ id: 'gpu', model, count: 2 }]

describe('the observed load', () => {
  // Little's law: demand = requests per time × instances each × how long they stay × their memory. An A100 has 8 units.
  test.each([
    { profile: '3g.20gb', units: 4, count: 1, stay: 2, load: (1 * 2 * 4) / 16 },
    { profile: '1g.5gb', units: 1, count: 2, stay: 1, load: (2 * 1 * 1) / 16 },
    { profile: '2g.10gb', units: 2, count: 2, stay: 3, load: (2 * 3 * 2) / 16 },
    { profile: '7g.40gb', units: 8, count: 1, stay: 1, load: (1 * 1 * 8) / 16 },
  ])(
    'the observed load of $count × $profile that stay for $stay requests is $load',
    ({ profile, count, stay, load }) => {
      const fleet = createFleet({ gpus: twoGpus })
      for (let round = 0; round < 400; round += 1) {
        if (round >= stay) fleet.release(`r${round - stay}`)
        fleet.place({ id: `r${round}`, profile, count })
      }
      const { observed } = fleet.snapshot()
      expect(observed).toMatchObject({ requests: 400, refused: 0, mix: { [profile]: 400 * count } })
      expect(observed.load).toBeGreaterThan(load * 0.97)
      expect(observed.load).toBeLessThan(load * 1.03)
    },
  )

  test('the observed load counts refused requests as demand, and is the mean of different ones', () => {
    const fleet = createFleet({ gpus: [{ id: 'gpu', model }] })
    // Each 4g stays until two requests later. Every other request is for a whole GPU's memory and is refused.
    for (let round = 0; round < 400; round += 2) {
      if (round > 0) fleet.release(`r${round - 2}`)
      expect(fleet.place({ id: `r${round}`, profile: '4g.20gb' }).kind).toBe('placed')
      expect(fleet.place({ profile: '7g.40gb' }).kind).toBe('refused')
    }
    const { observed } = fleet.snapshot()
    expect(observed).toMatchObject({ requests: 400, refused: 200 })
    expect(observed.mix).toEqual({ '4g.20gb': 200, '7g.40gb': 200 })
    // Two requests at a time, of 4 or 8 units, if those that were refused had stayed as long.
    expect(observed.load).toBeCloseTo((2 * (4 + 8)) / 2 / 8, 1)
  })

  test('the observed load is null until something is released, and whole GPUs do not count', () => {
    const fleet = createFleet({ gpus: [...twoGpus, { id: 'whole', model, migEnabled: false }] })
    expect(fleet.snapshot().observed).toEqual({ requests: 0, refused: 0, mix: {}, load: null })
    fleet.place({ id: 'w', wholeGpu: true })
    fleet.place({ id: 'x', profile: '1g.5gb' })
    expect(fleet.snapshot().observed).toEqual({
      requests: 2,
      refused: 0,
      mix: { '1g.5gb': 1 },
      load: null,
    })
  })
})

describe('GPUs that leave a fleet', () => {
  test('a fleet remembers the demand for a model as long as it has a GPU of it', () => {
    const fleet = createFleet({ gpus: [...twoGpus, { id: 'other', model: 'A30' }] })
    fleet.place({ id: 'a', profile: '3g.20gb' })
    fleet.place({ id: 'b', profile: '1g.6gb' })
    expect(fleet.snapshot().observed.mix).toEqual({ '3g.20gb': 1, '1g.6gb': 1 })
    fleet.removeGpus(['gpu/0', 'gpu/1'].filter((id) => id !== 'gpu/0'))
    expect(fleet.snapshot().observed.mix).toEqual({ '3g.20gb': 1, '1g.6gb': 1 })
    fleet.removeGpus(['other'], { evict: true })
    expect(fleet.snapshot().observed.mix).toEqual({ '3g.20gb': 1 })
  })

  test('a fleet goes on when all GPUs of a model have left, and when they come back', () => {
    const fleet = createFleet({ gpus: [...twoGpus, { id: 'other', model: 'A30' }] })
    fleet.removeGpus(['gpu/0', 'gpu/1'])
    expect(() => fleet.place({ profile: '3g.20gb' })).toThrow(/no GPU of the fleet has a profile/)
    expect(fleet.place({ id: 'x', profile: '2g.12gb' })).toMatchObject({
      placements: [{ gpu: 'other' }],
    })
    fleet.addGpus([{ id: 'new', model }])
    expect(fleet.place({ profile: '3g.20gb' })).toMatchObject({ placements: [{ gpu: 'new' }] })
    expect(fleet.snapshot().gpus.map(({ id }) => id)).toEqual(['other', 'new'])
    fleet.removeGpus(['other'], { evict: true })
    expect(fleet.place({ profile: '3g.20gb' })).toMatchObject({ placements: [{ gpu: 'new' }] })
  })

  test('the fragmentation of a fleet does not depend on GPUs without MIG', () => {
    const plain = createFleet({ gpus: twoGpus })
    const mixed = createFleet({
      gpus: [{ id: 'whole', model, migEnabled: false, count: 3 }, ...twoGpus],
    })
    for (const fleet of [plain, mixed]) fleet.place({ profile: '3g.20gb' })
    mixed.place({ wholeGpu: true })
    expect(mixed.snapshot().fragmentation).toEqual(plain.snapshot().fragmentation)
    expect(plain.snapshot().fragmentation.models).toMatchObject([
      { gpuCount: 2, gpusInUse: 1, fewestGpus: 1, cordonedGpus: 0, freeUnits: 12 },
    ])
  })
})

describe('nodes of GPUs that name none', () => {
  const spread = [{ label: 'db', maxPerNode: 1 }]
  const request = { profile: '1g.5gb', labels: ['db'], spread }

  test('GPUs of one entry without a node share one, and each other GPU without a node has its own', () => {
    const places = (gpus: Parameters<typeof createFleet>[0]['gpus']): readonly string[] => {
      const fleet = createFleet({ gpus })
      return [1, 2, 3].map((number) => {
        const answer = fleet.place({ ...request, id: `r${number}` })
        return answer.kind === 'placed' ? (answer.placements[0]?.gpu ?? '') : answer.reason
      })
    }
    expect(places(twoGpus)).toEqual(['gpu/0', 'constraints', 'constraints'])
    expect(
      places([
        { id: 'a', model },
        { id: 'b', model },
      ]),
    ).toEqual(['a', 'b', 'constraints'])
    expect(places([...twoGpus, { id: 'a', model }])).toEqual(['gpu/0', 'a', 'constraints'])
  })

  test('GPUs that come later to an entry share its node, also when all had left', () => {
    const fleet = createFleet({ gpus: twoGpus })
    const left = fleet.snapshot().gpus
    fleet.removeGpus(['gpu/1'])
    fleet.addGpus(left.slice(1))
    fleet.place({ ...request, id: 'first' })
    expect(fleet.place({ ...request, id: 'second' })).toMatchObject({ reason: 'constraints' })
    fleet.removeGpus(['gpu/0', 'gpu/1'], { evict: true })
    fleet.addGpus(left)
    expect(fleet.place({ ...request, id: 'third' })).toMatchObject({ kind: 'placed' })
    expect(fleet.place({ ...request, id: 'fourth' })).toMatchObject({ reason: 'constraints' })
  })
})

describe('the id of a request', () => {
  test.each([[''], [5], [null], [{}]])(
    'a request with the id %j is refused, however plain it is',
    (id) => {
      const fleet = createFleet({ gpus: twoGpus })
      expect(() => fleet.place({ profile: '1g.5gb', id } as never)).toThrow(
        expect.objectContaining({ code: 'MIG_FLEET_INVALID' }),
      )
      expect(fleet.snapshot().requests ?? []).toEqual([])
    },
  )
})

test('a need that a profile with a limit serves best is served by another where the limit is reached', () => {
  // 1g.5gb+me has the least memory of all profiles with a decoder, and a GPU takes one of it; 1g.10gb has the next.
  const fleet = createFleet({ gpus: [{ id: 'gpu', model }] })
  const names = [1, 2, 3].map((number) => {
    const answer = fleet.place({ id: `r${number}`, need: { engines: { decoder: 1 } } })
    if (answer.kind !== 'placed') return answer.reason
    const [placed] = answer.placements
    return geometryOf('a100-40gb').profiles.find(({ id }) => id === placed?.profileId)?.name
  })
  expect(names.toSorted()).toEqual(['1g.10gb', '1g.10gb', '1g.5gb+me'])
})
