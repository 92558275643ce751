import { describe, expect, test } from 'vitest'
import {
  deviceClasses,
  resourceClaim,
  resourceSlices,
  simulateAllocation,
} from '../../../../lib/kubernetes.js'
import type {
  DeviceNeed,
  DeviceTaint,
  ResourceClaim,
  ResourceSlice,
} from '../../../../types/kubernetes/dra/objects.js'
import { migErrorOf } from '../../../support/errors.js'
import { stateOf } from '../../../support/state.js'

// That the scheduler's own allocator answers alike is the matter of test/peers/dra-simulation.test.ts. These are the
// cases that a reader can follow, and those that it does not have.

const options = { node: 'n', partitions: 'all' } as const
const one = resourceSlices(stateOf([{ key: 'a100-40gb', migEnabled: true }]), options)
const two = resourceSlices(stateOf([{ key: 'a100-40gb', migEnabled: true, count: 2 }]), options)

const on = (profile: string, count = 1): ResourceClaim =>
  resourceClaim({ gpu: { profile, count } }, { name: profile })
const devicesOf = (claims: readonly ResourceClaim[] | null): readonly string[] | null =>
  claims?.flatMap(({ status }) =>
    (status?.allocation?.devices.results ?? []).map(({ device }) => device),
  ) ?? null

const needOf = (profile: string): DeviceNeed =>
  on(profile).spec.devices.requests[0]?.exactly ?? { deviceClassName: '' }

/** A claim with one request, which a test changes. */
function needing(need: Partial<DeviceNeed>): ResourceClaim {
  const exactly = { ...needOf('1g.5gb'), ...need }
  return { ...on('1g.5gb'), spec: { devices: { requests: [{ name: 'gpu', exactly }] } } }
}

function withTaint(slices: readonly ResourceSlice[], taint: DeviceTaint): readonly ResourceSlice[] {
  return slices.map((slice) => {
    const devices = slice.spec.devices?.map((device) => ({ ...device, taints: [taint] }))
    return devices === undefined ? slice : { ...slice, spec: { ...slice.spec, devices } }
  })
}

describe('what the scheduler gives a pod', () => {
  test('a claim gets the first device of its profile, and the status that the scheduler writes', () => {
    expect(simulateAllocation(one, [on('2g.10gb')])?.[0]?.status).toEqual({
      allocation: {
        devices: {
          results: [
            {
              request: 'gpu',
              driver: 'gpu.nvidia.com',
              pool: 'n',
              device: 'gpu-0-mig-2g10gb-14-0',
            },
          ],
        },
        nodeSelector: {
          nodeSelectorTerms: [
            { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] },
          ],
        },
      },
    })
  })

  test('what excludes each other does not fit together: a 4g.20gb beside a 3g.20gb at 0', () => {
    const others = simulateAllocation(one, [on('3g.20gb')]) ?? []
    expect(simulateAllocation(one, [on('4g.20gb')], { others })).toBeNull()
    expect(devicesOf(simulateAllocation(one, [on('3g.20gb')], { others }))).toEqual([
      'gpu-0-mig-3g20gb-9-4',
    ])
  })

  test('within one pod it goes back: the 3g.20gb makes way for the 4g.20gb that comes after it', () => {
    const pod = [on('3g.20gb'), on('4g.20gb')]
    expect(devicesOf(simulateAllocation(one, pod))).toEqual([
      'gpu-0-mig-3g20gb-9-4',
      'gpu-0-mig-4g20gb-5-0',
    ])
  })

  test('a claim for one GPU goes to the second GPU whole, where the first has room for one part only', () => {
    const others = simulateAllocation(two, [on('4g.20gb')]) ?? []
    const requests = { a: { profile: '3g.20gb' }, b: { profile: '1g.5gb' } }
    const apart = resourceClaim(requests, { name: 'apart' })
    const together = resourceClaim(requests, { name: 'together', sameGpu: true })
    expect(devicesOf(simulateAllocation(two, [apart], { others }))).toEqual([
      'gpu-0-mig-3g20gb-9-4',
      'gpu-1-mig-1g5gb-19-0',
    ])
    expect(devicesOf(simulateAllocation(two, [together], { others }))).toEqual([
      'gpu-1-mig-3g20gb-9-0',
      'gpu-1-mig-1g5gb-19-4',
    ])
  })

  test('an allocated claim of the pod keeps its device, and the others find it taken', () => {
    const [first] = simulateAllocation(one, [on('7g.40gb')]) ?? []
    if (first === undefined) throw new Error('not allocated')
    expect(simulateAllocation(one, [first])).toEqual([first])
    expect(simulateAllocation(one, [first, on('1g.5gb')])).toBeNull()
  })

  test('the first of several sizes that fits is taken, and the answer names it', () => {
    const firstAvailable = [
      { name: 'all', ...needOf('7g.40gb') },
      { name: 'half', ...needOf('3g.20gb') },
    ]
    const claim = {
      ...on('1g.5gb'),
      spec: { devices: { requests: [{ name: 'gpu', firstAvailable }] } },
    }
    const others = simulateAllocation(one, [on('1g.5gb')]) ?? []
    expect(
      simulateAllocation(one, [claim], { others })?.[0]?.status?.allocation?.devices.results,
    ).toEqual([
      { request: 'gpu/half', driver: 'gpu.nvidia.com', pool: 'n', device: 'gpu-0-mig-3g20gb-9-4' },
    ])
  })

  test('a device with a taint is for requests that tolerate it', () => {
    const slices = withTaint(one, { key: 'example.com/hot', effect: 'NoSchedule' })
    expect(simulateAllocation(slices, [on('1g.5gb')])).toBeNull()
    const tolerations = [{ key: 'example.com/hot', operator: 'Exists' }] as const
    expect(devicesOf(simulateAllocation(slices, [needing({ tolerations })]))).toHaveLength(1)
    expect(
      devicesOf(simulateAllocation(withTaint(one, { key: 'a', effect: 'None' }), [on('1g.5gb')])),
    ).toHaveLength(1)
  })

  test.each([
    [{ key: 'example.com/hot' }, false],
    [{ key: 'example.com/hot', value: 'very' }, true],
    [{ key: 'example.com/hot', value: 'very', effect: 'NoSchedule' }, true],
    [{ key: 'example.com/hot', value: 'very', effect: 'NoExecute' }, false],
    [{ key: 'example.com/old', operator: 'Exists' }, false],
    [{ operator: 'Exists' }, true],
  ] as const)(
    'a request with the toleration %j for hot=very:NoSchedule is served: %j',
    (toleration, isServed) => {
      const slices = withTaint(one, { key: 'example.com/hot', value: 'very', effect: 'NoSchedule' })
      const claims = simulateAllocation(slices, [needing({ tolerations: [toleration] })])
      expect(claims !== null).toBe(isServed)
      // The scheduler writes down what was tolerated.
      if (isServed)
        expect(claims?.[0]?.status?.allocation?.devices.results[0]?.tolerations).toEqual([
          toleration,
        ])
    },
  )

  test('a constraint holds for the requests that it names, and without names for all', () => {
    const requests = {
      a: { profile: '1g.5gb' },
      b: { profile: '1g.5gb' },
      c: { profile: '1g.5gb' },
    }
    const { spec, ...claim } = resourceClaim(requests, { name: 'apart' })
    const apart = (names?: readonly string[]) => ({
      ...claim,
      spec: {
        devices: {
          ...spec.devices,
          constraints: [
            {
              ...(names === undefined ? {} : { requests: names }),
              distinctAttribute: 'gpu.nvidia.com/parentUUID',
            },
          ],
        },
      },
    })
    const gpusOf = (claims: readonly ResourceClaim[] | null) =>
      devicesOf(claims)?.map((device) => device.split('-mig-')[0])
    expect(gpusOf(simulateAllocation(two, [apart(['a', 'c'])]))).toEqual([
      'gpu-0',
      'gpu-0',
      'gpu-1',
    ])
    expect(simulateAllocation(two, [apart()])).toBeNull()
  })

  test('a request for all devices gets every one that matches, or nothing', () => {
    const state = stateOf([{ key: 'a100-40gb', instances: ['1g.5gb@0', '1g.5gb@1', '3g.20gb@4'] }])
    const slices = resourceSlices(state, { node: 'n', partitions: 'existing' })
    const all = needing({ allocationMode: 'All' })
    expect(devicesOf(simulateAllocation(slices, [all]))).toEqual([
      'gpu-0-mig-1g5gb-19-0',
      'gpu-0-mig-1g5gb-19-1',
    ])
    const others = simulateAllocation(slices, [on('1g.5gb')]) ?? []
    expect(simulateAllocation(slices, [all], { others })).toBeNull()
    expect(
      simulateAllocation(slices, [
        needing({ allocationMode: 'All', deviceClassName: 'gpu.nvidia.com', selectors: [] }),
      ]),
    ).toBeNull()
  })

  test('devices of another driver do not match, even with the same attributes', () => {
    const state = stateOf([{ key: 'a100-40gb', migEnabled: true }])
    const foreign = resourceSlices(state, { ...options, driver: 'a.example.com' })
    const both = [...foreign, ...one]
    const [device] =
      simulateAllocation(both, [on('1g.5gb')])?.[0]?.status?.allocation?.devices.results ?? []
    expect(device?.driver).toBe('gpu.nvidia.com')
    const only = [{ cel: { expression: "device.driver == 'a.example.com'" } }]
    const classes = deviceClasses([]).map((each) => ({ ...each, spec: { selectors: only } }))
    const [other] =
      simulateAllocation(both, [needing({ selectors: [] })], { classes })?.[0]?.status?.allocation
        ?.devices.results ?? []
    expect(other?.driver).toBe('a.example.com')
  })

  test('a selector compares texts, numbers and truth values of attributes', () => {
    const state = stateOf([{ key: 'none', count: 2 }])
    const slices = resourceSlices(state, {
      ...options,
      attributes: {
        [state.gpus[0]?.uuid ?? 'GPU-']: { lane: { int: 1 }, spare: { bool: false } },
        [state.gpus[1]?.uuid ?? 'GPU-']: { lane: { int: 2 }, spare: { bool: true } },
      },
    })
    const chosen = (condition: string) =>
      devicesOf(
        simulateAllocation(slices, [
          needing({
            deviceClassName: 'gpu.nvidia.com',
            selectors: [
              { cel: { expression: `device.attributes["gpu.nvidia.com"].${condition}` } },
            ],
          }),
        ]),
      )
    expect(chosen('lane == 2')).toEqual(['gpu-1'])
    expect(chosen('spare == true')).toEqual(['gpu-1'])
    expect(chosen('spare == false')).toEqual(['gpu-0'])
    expect(chosen('lane == "2"')).toBeNull()
    expect(chosen("type == 'gpu'")).toEqual(['gpu-0'])
  })

  test('slices are read by their names, whatever order they come in', () => {
    expect(devicesOf(simulateAllocation(two.toReversed(), [on('7g.40gb')]))).toEqual([
      'gpu-0-mig-7g40gb-0-0',
    ])
  })

  test('of a pool only the newest generation counts, and nothing while slices of it are missing', () => {
    const newer = resourceSlices(stateOf([{ key: 'a30-24gb', migEnabled: true }]), {
      ...options,
      generation: 2,
    })
    expect(
      simulateAllocation([...one, ...newer], [on('1g.5gb')], { classes: deviceClasses([]) }),
    ).toBeNull()
    expect(devicesOf(simulateAllocation([...one, ...newer], [on('1g.6gb')]))).toEqual([
      'gpu-0-mig-1g6gb-14-0',
    ])
    expect(simulateAllocation(two.slice(0, 2), [on('1g.5gb')])).toBeNull()
  })

  test('one node is chosen from slices of several', () => {
    const state = stateOf([{ key: 'a30-24gb', migEnabled: true }])
    const both = [...one, ...resourceSlices(state, { ...options, node: 'm' })]
    expect(() => simulateAllocation(both, [on('1g.5gb')])).toThrow(
      'option node must be one of n, m',
    )
    expect(simulateAllocation(both, [on('1g.5gb')], { node: 'm' })).toBeNull()
    expect(devicesOf(simulateAllocation(both, [on('1g.5gb')], { node: 'n' }))).toEqual([
      'gpu-0-mig-1g5gb-19-0',
    ])
  })

  test('static MIG devices and whole GPUs are allocated once each', () => {
    const state = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@4'] }, { key: 'none' }])
    const slices = resourceSlices(state, { node: 'n', partitions: 'existing' })
    const gpu = resourceClaim({ gpu: {} }, { name: 'gpu' })
    const pod = [on('3g.20gb'), gpu]
    const others = simulateAllocation(slices, pod) ?? []
    expect(devicesOf(others)).toEqual(['gpu-0-mig-3g20gb-9-4', 'gpu-1'])
    expect(simulateAllocation(slices, [gpu], { others })).toBeNull()
  })

  test("pods of the device plugin's time run by classes with an extended resource: the class alone selects", () => {
    const claim = needing({ deviceClassName: 'mig-3g-20gb.gpu.nvidia.com', selectors: [] })
    expect(devicesOf(simulateAllocation(one, [claim]))).toEqual(['gpu-0-mig-3g20gb-9-0'])
  })

  test('a device that another claim has for administration is free', () => {
    const [held] = simulateAllocation(one, [on('7g.40gb')]) ?? []
    const results = held?.status?.allocation?.devices.results ?? []
    const watching = results.map((result) => ({ ...result, adminAccess: true }))
    const others = (own: typeof results) => [
      { ...on('7g.40gb'), status: { allocation: { devices: { results: own } } } },
    ]
    expect(simulateAllocation(one, [on('7g.40gb')], { others: others(results) })).toBeNull()
    expect(simulateAllocation(one, [on('7g.40gb')], { others: others(watching) })).toHaveLength(1)
  })

  test('a request that says that it is not for administration is an ordinary one', () => {
    const claim = needing({ adminAccess: false } as never)
    expect(simulateAllocation(one, [claim])).toHaveLength(1)
  })

  test('on a node that publishes nothing, a claim does not fit', () => {
    expect(simulateAllocation([], [on('1g.5gb')], { node: 'n' })).toBeNull()
    expect(simulateAllocation([], [resourceClaim({ gpu: {} }, { name: 'c' })])).toBeNull()
  })

  test("devices of other vendors need no attributes, and their profile need not be NVIDIA's", () => {
    const pool = { name: 'n', generation: 1, resourceSliceCount: 1 }
    const devices = [
      { name: 'eth0' },
      { name: 'eth1', attributes: { profile: { string: 'gold' } } },
    ]
    const spec = { driver: 'a.example.com', nodeName: 'n', pool, devices }
    const foreign = { ...one[0], metadata: { name: 'nic' }, spec } as unknown as ResourceSlice
    expect(devicesOf(simulateAllocation([foreign, ...one], [on('2g.10gb')]))).toEqual([
      'gpu-0-mig-2g10gb-14-0',
    ])
  })

  test('the claim of another pod may have nothing in it, as the API server writes it', () => {
    const others = [
      { metadata: { name: 'nic' }, spec: { devices: { requests: null } }, status: {} },
    ]
    const options = { others: others as never }
    expect(simulateAllocation(one, [on('1g.5gb')], options)).toHaveLength(1)
  })

  test('neither slices nor claims are changed or frozen, and the answer is frozen', () => {
    const tolerations = [{ operator: 'Exists' as const }]
    const own = structuredClone([needing({ tolerations }), two])
    const before = structuredClone(own)
    const [claim, slices] = own as [ResourceClaim, readonly ResourceSlice[]]
    const answer = simulateAllocation(slices, [claim])
    expect(own).toEqual(before)
    for (const part of [claim, claim.spec, claim.spec.devices.requests[0], slices, slices[0]?.spec])
      expect(Object.isFrozen(part)).toBe(false)
    expect([answer, answer?.[0], answer?.[0]?.status].every(Object.isFrozen)).toBe(true)
    expect(Object.isFrozen(answer?.[0]?.status?.allocation?.devices.results[0]?.tolerations)).toBe(
      true,
    )
  })
})

describe('what the simulation does not answer', () => {
  const errorOf = (claim: ResourceClaim, slices = one) =>
    migErrorOf(() => simulateAllocation(slices, [claim]))
  const asking = (request: unknown): ResourceClaim => ({
    ...on('1g.5gb'),
    spec: { devices: { requests: [request as never] } },
  })
  const holding = (results: readonly unknown[]): ResourceClaim => ({
    ...on('1g.5gb'),
    status: { allocation: { devices: { results: results as never } } },
  })
  const changed = (spec: object): readonly ResourceSlice[] =>
    one.slice(0, 1).map((slice) => ({ ...slice, spec: { ...slice.spec, ...spec } }))

  test.each([
    "device.capacity['gpu.nvidia.com'].memory.compareTo(quantity('10Gi')) >= 0",
    "device.attributes['gpu.nvidia.com'].profile in ['1g.5gb']",
    "device.attributes['gpu.nvidia.com'].profile == '1g.5gb' || true",
    "device.driver == 'it\\'s'",
    '',
  ])('the selector %j is an error, and not passed over', (expression) => {
    const error = errorOf(needing({ selectors: [{ cel: { expression } }] }))
    expect(error.code).toBe('MIG_DRA_INVALID')
    expect(error.message).toContain('does not read the condition')
  })

  test('a version is not compared with a text, which the scheduler would not do either', () => {
    const expression = "device.attributes['gpu.nvidia.com'].cudaComputeCapability == '8.0.0'"
    const error = errorOf(needing({ selectors: [{ cel: { expression } }] }))
    expect(error.code).toBe('MIG_DRA_INVALID')
    expect(error.message).toContain('is a version')
  })

  test('a class that is not there is an error, as it is for the scheduler', () => {
    expect(errorOf(needing({ deviceClassName: 'fpga.example.com' })).message).toContain(
      'fpga.example.com',
    )
  })

  test('a request for all devices whose constraint excludes one of them is an error, as it is for the scheduler', () => {
    const all = needing({ deviceClassName: 'gpu.nvidia.com', selectors: [], allocationMode: 'All' })
    const constraints = [{ matchAttribute: 'gpu.nvidia.com/uuid' }]
    const claim = { ...all, spec: { devices: { ...all.spec.devices, constraints } } }
    const slices = resourceSlices(stateOf([{ key: 'none', count: 2 }]), options)
    const error = errorOf(claim, slices)
    expect(error.code).toBe('MIG_DRA_INVALID')
    expect(error.message).toBe(
      'The request gpu is for all devices, and a constraint of its claim does not let it have gpu-1',
    )
  })

  test('a constraint without an attribute is an error', () => {
    const claim = needing({})
    const faulty = { ...claim, spec: { devices: { ...claim.spec.devices, constraints: [{}] } } }
    expect(errorOf(faulty).message).toBe('A constraint names no attribute')
  })

  test('admin access is an error', () => {
    expect(errorOf(needing({ adminAccess: true } as never)).message).toContain('adminAccess')
  })

  test.each([
    [
      'a counter set that is missing',
      (slices: readonly ResourceSlice[]) =>
        slices.map((slice) => ({ ...slice, spec: { ...slice.spec, sharedCounters: [] } })),
    ],
    [
      'a device that is there twice',
      (slices: readonly ResourceSlice[]) =>
        slices.map((slice) => {
          const { devices = [] } = slice.spec
          return { ...slice, spec: { ...slice.spec, devices: [...devices, ...devices] } }
        }),
    ],
  ])('%s makes the pool useless for the scheduler, and is an error', (_, change) => {
    const error = errorOf(on('1g.5gb'), change(one))
    expect(error.code).toBe('MIG_DRA_INVALID')
    expect(error.message).toContain('takes no device of the pool n')
  })

  test('a search that takes too long ends', () => {
    const claim = on('1g.5gb', 15)
    const error = migErrorOf(() => simulateAllocation(two, [claim], { steps: 500 }))
    expect(error.code).toBe('MIG_SOLVER_LIMIT')
  })

  test.each([
    ['claims[0].spec', [one, [{}]]],
    ['claims[0].spec.devices', [one, [{ spec: { spec: {} } }]]],
    ['claims[0].metadata', [one, [{ spec: { devices: { requests: [] } } }]]],
    ['slices[0].metadata', [[{}], []]],
    ['option claims must be a list', [one]],
    ['option slices must be a list', [undefined, []]],
    ['option node', [one, [], { node: '' }]],
    ['no option other', [one, [], { other: [] }]],
    ['claims[0].spec.devices.requests[0]', [one, [asking(null)]]],
    ['requests[0].name', [one, [asking({})]]],
    ['requests[0].exactly.deviceClassName', [one, [asking({ name: 'a', exactly: {} })]]],
    ['requests[0].exactly.count', [one, [needing({ count: -1 })]]],
    ['requests[0].exactly.count', [one, [needing({ count: '2' as never })]]],
    ['exactly.selectors[0].cel', [one, [needing({ selectors: [{}] as never })]]],
    ['exactly.allocationMode', [one, [needing({ allocationMode: 'Some' as never })]]],
    [
      'others[0].status.allocation',
      [one, [], { others: [{ ...on('1g.5gb'), status: { allocation: null } }] }],
    ],
    ['results[0]', [one, [], { others: [holding([null])] }]],
    ['results[0].driver', [one, [holding([{}])]]],
    ['slices[0].spec.pool.name', [changed({ pool: {} }), []]],
    ['slices[0].spec.devices[0]', [changed({ devices: [null] }), []]],
    ['slices[0].spec.devices[0].name', [changed({ devices: [{}] }), []]],
    ['slices[0].spec.sharedCounters[0]', [changed({ sharedCounters: [null] }), []]],
    [
      'option classes[0].spec.selectors[0]',
      [one, [], { classes: [{ metadata: { name: 'c' }, spec: { selectors: [{}] } }] }],
    ],
  ])('arguments of another form are a TypeError that names the function and %s', (where, words) => {
    const call = () =>
      simulateAllocation(...(words as unknown as Parameters<typeof simulateAllocation>))
    expect(call).toThrow(TypeError)
    expect(call).toThrow(/^simulateAllocation/)
    expect(call).toThrow(where)
  })

  test('a request that wants nothing is an error, as it is for the scheduler', () => {
    expect(errorOf(asking({ name: 'a' })).code).toBe('MIG_DRA_INVALID')
    expect(errorOf(asking({ name: 'a', firstAvailable: [] })).code).toBe('MIG_DRA_INVALID')
  })
})
