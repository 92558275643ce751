import { describe, expect, test } from 'vitest'
import { packFleet } from '../../../lib/fleet.js'
import type { FleetGpu, FleetRequest, PackFleetProblem } from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'

const geometry = geometryOf('a100-40gb')
const gpu: FleetGpu = { id: 'gpu', geometry }
const request: FleetRequest = { profile: '1g.5gb' }
const at = (start: number, profileId = 19, size = 1) => ({ profileId, placement: { start, size } })

describe('packFleet refuses invalid problems', () => {
  test.each<[string, Partial<PackFleetProblem>, string]>([
    ['a negative count', { requests: [{ ...request, count: -1 }] }, 'requests[0].count'],
    [
      'a count of one half',
      { requests: [request, { ...request, count: 0.5 }] },
      'requests[1].count',
    ],
    ['a request of value 0', { requests: [{ ...request, value: 0 }] }, 'requests[0].value'],
    ['a request for nothing', { requests: [{}] }, 'requests[0]'],
    ['a request for two things', { requests: [{ ...request, wholeGpu: true }] }, 'requests[0]'],
    ['a negative need', { requests: [{ need: { memoryMiB: -1 } }] }, 'requests[0].need'],
    [
      'two requests with one id',
      {
        requests: [
          { ...request, id: 'a' },
          { ...request, id: 'a' },
        ],
      },
      'requests[1].id',
    ],
    [
      'a request that already holds something',
      {
        requests: [{ ...request, id: 'a' }],
        gpus: [{ ...gpu, layout: [{ ...at(0), id: 'a' }] }],
      },
      'requests[0].id',
    ],
    [
      'a request with the name of a member of another',
      {
        requests: [
          { ...request, id: 'a/1' },
          { ...request, id: 'a', count: 2 },
        ],
      },
      'requests[0].id',
    ],
    [
      'a request with a count, one member of which already holds something',
      {
        requests: [{ ...request, id: 'a', count: 2 }],
        gpus: [{ ...gpu, layout: [{ ...at(0), id: 'a/1' }] }],
      },
      'requests have a member a/1',
    ],
    ['two GPUs with one id', { gpus: [gpu, gpu] }, 'gpus[1].id'],
    ['a GPU without an id', { gpus: [{ ...gpu, id: '' }] }, 'gpus[0]'],
    ['a negative number of GPUs', { gpus: [{ ...gpu, count: -2 }] }, 'gpus[0].count'],
    ['a negative cost', { gpus: [{ ...gpu, cost: -2 }] }, 'gpus[0].cost'],
    ['a GPU without a geometry and a model', { gpus: [{ id: 'gpu' }] }, 'gpus[0]'],
    ['an unknown model', { gpus: [{ id: 'gpu', model: 'A1000' }] }, 'gpus[0].model'],
    [
      'an invalid geometry',
      {
        gpus: [{ id: 'gpu', geometry: { profiles: [...geometry.profiles, ...geometry.profiles] } }],
      },
      'gpus[0].geometry',
    ],
    ['instances that overlap', { gpus: [{ ...gpu, layout: [at(0), at(0)] }] }, 'gpus[0].layout[1]'],
    [
      'an instance at an impossible place',
      { gpus: [{ ...gpu, layout: [at(7)] }] },
      'gpus[0].layout[0]',
    ],
    ['an instance of no profile', { gpus: [{ ...gpu, layout: [at(0, 99)] }] }, 'gpus[0].layout[0]'],
    [
      'instances with MIG off',
      { gpus: [{ ...gpu, migEnabled: false, layout: [at(0)] }] },
      'gpus[0].layout',
    ],
    ['a whole GPU held with MIG on', { gpus: [{ ...gpu, heldBy: 'job' }] }, 'gpus[0].heldBy'],
    [
      'one request that holds two instances',
      {
        gpus: [
          {
            ...gpu,
            layout: [
              { ...at(0), id: 'a' },
              { ...at(1), id: 'a' },
            ],
          },
        ],
      },
      'gpus[0]',
    ],
  ])('packFleet refuses %s', async (_, part, place) => {
    const problem = { requests: [request], gpus: [gpu], ...part }
    await expect(packFleet(problem)).rejects.toMatchObject({
      code: 'MIG_FLEET_INVALID',
      message: expect.stringContaining(place),
    })
  })

  test.each([['1g.10mb'], [77]])(
    'packFleet refuses the profile %s, which no GPU has',
    async (profile) => {
      await expect(packFleet({ requests: [{ profile }], gpus: [gpu] })).rejects.toMatchObject({
        code: 'MIG_PROFILE_UNKNOWN',
        message: expect.stringContaining('1g.5gb'),
      })
    },
  )

  test('packFleet leaves out a request whose profile no free GPU has', async () => {
    const gpus: FleetGpu[] = [gpu, { id: 'full', geometry: geometryOf('a30-24gb'), count: 0 }]
    const packing = await packFleet({ requests: [{ profile: '4g.24gb' }], gpus })
    expect(packing).toMatchObject({ objective: { unplacedValue: 1 }, gap: 0 })
  })

  test('packFleet answers a problem without requests or without GPUs', async () => {
    expect(await packFleet({ requests: [], gpus: [gpu] })).toMatchObject({
      objective: { unplacedValue: 0, gpus: 0 },
      gap: 0,
    })
    expect(await packFleet({ requests: [{ ...request, count: 3 }], gpus: [] })).toMatchObject({
      objective: { unplacedValue: 3, gpus: 0 },
      gap: 0,
    })
  })
})
