import { describe, expect, test } from 'vitest'
import { packFleet } from '../../../lib/fleet.js'
import type { FleetGpu, FleetRequest, PackFleetProblem } from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'

const geometry = geometryOf('a100-40gb')
const gpu: FleetGpu = { id: 'gpu', geometry }
const request: FleetRequest = { profile: '1g.5gb' }
const at = (start: number, profileId = 19, size = 1) => ({ profileId, placement: { start, size } })

describe('what packFleet refuses', () => {
  test.each<[string, Partial<PackFleetProblem>, string]>([
    ['a negative count', { requests: [{ ...request, count: -1 }] }, 'requests[0].count'],
    ['half a request', { requests: [request, { ...request, count: 0.5 }] }, 'requests[1].count'],
    ['a request worth nothing', { requests: [{ ...request, value: 0 }] }, 'requests[0].value'],
    ['a request for nothing', { requests: [{}] }, 'requests[0]'],
    ['one for two things', { requests: [{ ...request, wholeGpu: true }] }, 'requests[0]'],
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
      'a request that holds something already',
      {
        requests: [{ ...request, id: 'a' }],
        gpus: [{ ...gpu, layout: [{ ...at(0), id: 'a' }] }],
      },
      'requests[0].id',
    ],
    [
      'a request with the id of one of several',
      {
        requests: [
          { ...request, id: 'a/1' },
          { ...request, id: 'a', count: 2 },
        ],
      },
      'requests[0].id',
    ],
    [
      'several, one of which holds something already',
      {
        requests: [{ ...request, id: 'a', count: 2 }],
        gpus: [{ ...gpu, layout: [{ ...at(0), id: 'a/1' }] }],
      },
      'requests make a/1',
    ],
    ['two GPUs with one id', { gpus: [gpu, gpu] }, 'gpus[1].id'],
    ['a GPU without an id', { gpus: [{ ...gpu, id: '' }] }, 'gpus[0]'],
    ['a negative number of GPUs', { gpus: [{ ...gpu, count: -2 }] }, 'gpus[0].count'],
    ['a negative cost', { gpus: [{ ...gpu, cost: -2 }] }, 'gpus[0].cost'],
    ['a GPU of no known kind', { gpus: [{ id: 'gpu' }] }, 'gpus[0]'],
    ['a model that nobody knows', { gpus: [{ id: 'gpu', model: 'A1000' }] }, 'gpus[0].model'],
    [
      'a geometry that makes no sense',
      {
        gpus: [{ id: 'gpu', geometry: { profiles: [...geometry.profiles, ...geometry.profiles] } }],
      },
      'gpus[0].geometry',
    ],
    ['instances that overlap', { gpus: [{ ...gpu, layout: [at(0), at(0)] }] }, 'gpus[0].layout[1]'],
    ['a place that is none', { gpus: [{ ...gpu, layout: [at(7)] }] }, 'gpus[0].layout[0]'],
    ['an instance of no profile', { gpus: [{ ...gpu, layout: [at(0, 99)] }] }, 'gpus[0].layout[0]'],
    [
      'instances with MIG off',
      { gpus: [{ ...gpu, migEnabled: false, layout: [at(0)] }] },
      'gpus[0].layout',
    ],
    ['a whole GPU held with MIG on', { gpus: [{ ...gpu, heldBy: 'job' }] }, 'gpus[0].heldBy'],
    [
      'one holder of two instances',
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
  ])('%s', async (_, part, place) => {
    const problem = { requests: [request], gpus: [gpu], ...part }
    await expect(packFleet(problem)).rejects.toMatchObject({
      code: 'MIG_FLEET_INVALID',
      message: expect.stringContaining(place),
    })
  })

  test.each([['1g.10mb'], [77]])('the profile %s, which no GPU has', async (profile) => {
    await expect(packFleet({ requests: [{ profile }], gpus: [gpu] })).rejects.toMatchObject({
      code: 'MIG_PROFILE_UNKNOWN',
      message: expect.stringContaining('1g.5gb'),
    })
  })

  test('a profile that no GPU with room has is only left out', async () => {
    const gpus: FleetGpu[] = [gpu, { id: 'full', geometry: geometryOf('a30-24gb'), count: 0 }]
    const packing = await packFleet({ requests: [{ profile: '4g.24gb' }], gpus })
    expect(packing).toMatchObject({ objective: { unplacedValue: 1 }, gap: 0 })
  })

  test('nothing asked for, or nothing there, is a question as any other', async () => {
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
