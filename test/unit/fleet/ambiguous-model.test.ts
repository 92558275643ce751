import { describe, expect, test } from 'vitest'
import {
  compactFleet,
  configureNodes,
  createFleet,
  drainGpus,
  makeRoom,
  packFleet,
  verifyBound,
} from '../../../lib/fleet.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'

// Two boards of NVIDIA have this name, one with 94 GB and one with 64 GB.
const gpus: readonly FleetGpu[] = [{ id: 'a', model: 'NVIDIA H100' }]
const fleet = { gpus }
const request = { profile: '3g.47gb' }
const noCertificate = {
  kind: 'dual-prices',
  lowerBound: { unplacedValue: 0, gpus: 0, cost: 0 },
  unplacedValue: null,
  gpus: null,
  cost: null,
} as const

describe('A model name that two boards share is refused, and the error lists both catalog keys', () => {
  test.each<[string, () => unknown]>([
    ['createFleet', () => createFleet(fleet)],
    ['addGpus', () => createFleet({ gpus: [] }).addGpus(gpus)],
    ['packFleet', () => packFleet({ gpus, requests: [request] })],
    ['makeRoom', () => makeRoom(fleet, request)],
    ['compactFleet', () => compactFleet(fleet)],
    ['drainGpus', () => drainGpus(fleet, { gpus: ['a'] })],
    ['configureNodes', () => configureNodes(fleet)],
    ['verifyBound', () => verifyBound({ gpus, requests: [request] }, noCertificate)],
  ])('%s refuses a model name that two boards share', async (_, call) => {
    await expect((async () => call())()).rejects.toMatchObject({
      code: 'MIG_FLEET_INVALID',
      message: expect.stringMatching(/^gpus\[0\]\.model .*h100-94gb-sxm or h100-64gb-sxm/),
    })
  })
})

test.each([
  ['h100-94gb-sxm', 'placed'],
  ['h100-64gb-sxm', 'unknown'],
])('The catalog key %s says which of two boards is meant', (model, kind) => {
  const place = () => createFleet({ gpus: [{ id: 'a', model }] }).place(request).kind
  if (kind === 'placed') expect(place()).toBe('placed')
  else expect(place).toThrow(expect.objectContaining({ code: 'MIG_PROFILE_UNKNOWN' }))
})

test('A geometry decides what an ambiguous model name leaves open', () => {
  const geometry = geometryOf('h100-94gb-sxm')
  const known = createFleet({ gpus: [{ id: 'a', model: 'NVIDIA H100', geometry }] })
  expect(known.place(request)).toMatchObject({ kind: 'placed' })
})
