import { describe, expect, test } from 'vitest'
import {
  claimTemplate,
  deviceClasses,
  podRequest,
  resourceClaim,
} from '../../../../lib/kubernetes.js'
import { migErrorOf } from '../../../support/errors.js'
import { catalogEntries } from '../../../support/geometry.js'

describe('device classes', () => {
  test("NVIDIA's two classes and one for each profile, with the selectors of its driver's chart and examples", () => {
    const [gpu, mig, small, ...more] = deviceClasses(['1g.12gb'])
    expect(more).toEqual([])
    expect(gpu).toEqual({
      apiVersion: 'resource.k8s.io/v1',
      kind: 'DeviceClass',
      metadata: { name: 'gpu.nvidia.com' },
      spec: {
        selectors: [
          {
            cel: {
              expression:
                "device.driver == 'gpu.nvidia.com' && device.attributes['gpu.nvidia.com'].type == 'gpu'",
            },
          },
        ],
        extendedResourceName: 'nvidia.com/gpu',
      },
    })
    expect(mig?.metadata.name).toBe('mig.nvidia.com')
    expect(mig?.spec).not.toHaveProperty('extendedResourceName')
    expect(small?.metadata.name).toBe('mig-1g-12gb.gpu.nvidia.com')
    expect(small?.spec).toEqual({
      selectors: [
        {
          cel: {
            expression:
              "device.driver == 'gpu.nvidia.com' && device.attributes['gpu.nvidia.com'].type == 'mig' && device.attributes['gpu.nvidia.com'].profile == '1g.12gb'",
          },
        },
      ],
      extendedResourceName: 'nvidia.com/mig-1g.12gb',
    })
  })

  test('what a pod requested of the device plugin is the extended resource of a class', () => {
    const { limits } = podRequest('1g.5gb+me', { strategy: 'mixed' })
    const classes = deviceClasses(['1g.5gb+me', '3g.20gb'])
    expect(classes.map(({ spec }) => spec.extendedResourceName)).toContain(Object.keys(limits)[0])
  })

  test('each profile of the catalog has a class with a name of its own, which Kubernetes takes', () => {
    for (const { geometry } of catalogEntries) {
      const profiles = geometry.profiles.map(({ name }) => name)
      const names = deviceClasses(profiles).map(({ metadata }) => metadata.name)
      expect(new Set(names).size).toBe(profiles.length + 2)
      for (const name of names)
        expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/)
    }
  })

  test('one size in several spellings is one class', () => {
    expect(deviceClasses(['3g.20gb', '03g.20gb', 'nvidia.com/mig-3g.20gb'])).toHaveLength(3)
  })

  test('another driver has classes of its own, and its attributes', () => {
    const classes = deviceClasses(['3g.20gb'], {
      driver: 'mig.example.com',
      extendedResourceNames: false,
    })
    expect(classes.map(({ metadata }) => metadata.name)).toEqual([
      'mig.example.com',
      'mig.mig.example.com',
      'mig-3g-20gb.mig.example.com',
    ])
    expect(JSON.stringify(classes)).not.toMatch(/nvidia|extendedResourceName/)
  })

  test('a text that is no size, and what is no list, are refused', () => {
    expect(migErrorOf(() => deviceClasses(['huge'])).code).toBe('MIG_PROFILE_UNKNOWN')
    expect(() => deviceClasses('3g.20gb' as never)).toThrow('profiles must be a list of names')
    expect(() => deviceClasses([], { drivers: 'x' } as never)).toThrow('has no option drivers')
  })
})

describe('claims', () => {
  test("a template wants MIG devices by their profile, of the class that NVIDIA's driver brings", () => {
    const requests = { large: { profile: '3g.20gb' }, small: { profile: '1g.5gb', count: 2 } }
    expect(claimTemplate(requests, { name: 'pair', namespace: 'team', sameGpu: true })).toEqual({
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceClaimTemplate',
      metadata: { name: 'pair', namespace: 'team' },
      spec: {
        spec: {
          devices: {
            requests: [
              {
                name: 'large',
                exactly: {
                  deviceClassName: 'mig.nvidia.com',
                  selectors: [expect.objectContaining({ cel: expect.anything() })],
                  count: 1,
                },
              },
              { name: 'small', exactly: expect.objectContaining({ count: 2 }) },
            ],
            constraints: [
              { requests: ['large', 'small'], matchAttribute: 'gpu.nvidia.com/parentUUID' },
            ],
          },
        },
      },
    })
  })

  test('a claim has the same specification as the template', () => {
    const requests = { gpu: {}, mig: { profile: '1g.5gb' } }
    const claim = resourceClaim(requests, { name: 'c' })
    expect(claim.spec).toEqual(claimTemplate(requests, { name: 'c' }).spec.spec)
    expect(claim).toMatchObject({ kind: 'ResourceClaim', metadata: { name: 'c' } })
    expect(claim.spec.devices.requests[0]).toEqual({
      name: 'gpu',
      exactly: { deviceClassName: 'gpu.nvidia.com', count: 1 },
    })
    expect(claim.spec.devices).not.toHaveProperty('constraints')
  })

  test('whole GPUs have no GPU in common with MIG devices, so the constraint leaves them out', () => {
    const requests = { gpu: {}, a: { profile: '1g.5gb' }, b: { profile: '2g.10gb' } }
    const { constraints } = resourceClaim(requests, { name: 'c', sameGpu: true }).spec.devices
    expect(constraints).toEqual([
      { requests: ['a', 'b'], matchAttribute: 'gpu.nvidia.com/parentUUID' },
    ])
  })

  test('without MIG devices, one GPU for all of them is no constraint', () => {
    const { devices } = resourceClaim({ gpu: { count: 2 } }, { name: 'c', sameGpu: true }).spec
    expect(devices).not.toHaveProperty('constraints')
  })

  test.each([
    [
      {},
      { name: 'c' },
      'option requests must be an object with the devices of at least one request',
    ],
    [{ 'My GPU': {} }, { name: 'c' }, 'option requests must be an object'],
    [
      { gpu: { count: 0 } },
      { name: 'c' },
      'option requests.gpu.count must be a whole number from 1 to 32',
    ],
    [
      { a: { profile: '1g.5gb', count: 20 }, b: { profile: '1g.5gb', count: 13 } },
      { name: 'c' },
      'option requests must have at most 32 devices together, as a claim of Kubernetes, not 33',
    ],
    [undefined, { name: 'c' }, 'option requests must be an object'],
    [{ gpu: {} }, {}, 'option name must be a name of Kubernetes'],
    [{ gpu: { profiles: 'x' } }, { name: 'c' }, 'has no field profiles'],
  ])('a claim on %o with %o is refused: %s', (requests, options, message) => {
    expect(() => resourceClaim(requests as never, options as never)).toThrow(TypeError)
    expect(() => claimTemplate(requests as never, options as never)).toThrow(message)
  })

  test('a text that is no size is refused', () => {
    const error = migErrorOf(() => resourceClaim({ gpu: { profile: 'huge' } }, { name: 'c' }))
    expect(error.code).toBe('MIG_PROFILE_UNKNOWN')
  })
})
