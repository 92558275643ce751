import { describe, expect, test } from 'vitest'
import { planMigConfig, readMigState } from '../../../../lib/index.js'
import { deviceOrder, resourceSlices } from '../../../../lib/kubernetes.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ResourceSlice, SliceDevice } from '../../../../types/kubernetes/dra/objects.js'
import type { DevicePlace, ResourceSliceOptions } from '../../../../types/kubernetes/dra/slices.js'
import type { Geometry } from '../../../../types/model/geometry.js'
import type { GpuState, ListedMigState } from '../../../../types/model/state.js'
import { migErrorOf } from '../../../support/errors.js'
import { catalogEntries } from '../../../support/geometry.js'
import { stateOf } from '../../../support/state.js'

const all = { node: 'worker-1', partitions: 'all' } as const
const existing = { node: 'worker-1', partitions: 'existing' } as const
const a100 = (migEnabled = true) => ({ key: 'a100-40gb', migEnabled })

const devicesOf = (slices: readonly ResourceSlice[]): readonly SliceDevice[] =>
  slices.flatMap(({ spec }) => spec.devices ?? [])
const namesOf = (slices: readonly ResourceSlice[]): readonly string[] =>
  devicesOf(slices).map(({ name }) => name)
const countsOf = (slices: readonly ResourceSlice[]): readonly (readonly [number, number])[] =>
  slices.map(({ spec }) => [spec.sharedCounters?.length ?? 0, spec.devices?.length ?? 0])

function changed(state: ListedMigState, change: Partial<GpuState>): ListedMigState {
  return { ...state, gpus: state.gpus.map((gpu) => ({ ...gpu, ...change })) }
}

describe('a device of a slice', () => {
  test("a placement has the name, attributes, capacity and counters that NVIDIA's driver gives it", () => {
    const [, slice] = resourceSlices(stateOf([a100()]), all)
    expect(slice?.spec.devices?.find(({ name }) => name === 'gpu-0-mig-3g20gb-9-4')).toEqual({
      name: 'gpu-0-mig-3g20gb-9-4',
      attributes: {
        type: { string: 'mig' },
        parentUUID: { string: 'GPU-00000000-0000-0000-0000-000000000000' },
        profile: { string: '3g.20gb' },
        productName: { string: 'NVIDIA A100-SXM4-40GB' },
        architecture: { string: 'Ampere' },
        cudaComputeCapability: { version: '8.0.0' },
        driverVersion: { version: '580.65.6' },
        'resource.kubernetes.io/pciBusID': { string: '0000:00:00.0' },
      },
      capacity: {
        multiprocessors: { value: '42' },
        copyEngines: { value: '3' },
        decoders: { value: '2' },
        encoders: { value: '0' },
        jpegEngines: { value: '0' },
        ofaEngines: { value: '0' },
        memory: { value: '19968Mi' },
      },
      consumesCounters: [
        {
          counterSet: 'gpu-0-counter-set',
          counters: {
            multiprocessors: { value: '42' },
            'copy-engines': { value: '3' },
            decoders: { value: '2' },
            memory: { value: '19968Mi' },
            'memory-slice-4': { value: '1' },
            'memory-slice-5': { value: '1' },
            'memory-slice-6': { value: '1' },
            'memory-slice-7': { value: '1' },
          },
        },
      ],
    })
  })

  test('the counters of a GPU are the most that any profile has, without those of zero, and its memory units', () => {
    const [slice] = resourceSlices(stateOf([{ key: 'a30-24gb', migEnabled: true }]), all)
    expect(slice?.spec.sharedCounters).toEqual([
      {
        name: 'gpu-0-counter-set',
        counters: {
          multiprocessors: { value: '56' },
          'copy-engines': { value: '4' },
          decoders: { value: '4' },
          'jpeg-engines': { value: '1' },
          'ofa-engines': { value: '1' },
          memory: { value: '24000Mi' },
          'memory-slice-0': { value: '1' },
          'memory-slice-1': { value: '1' },
          'memory-slice-2': { value: '1' },
          'memory-slice-3': { value: '1' },
        },
      },
    ])
  })

  test('names of profiles lose what a DNS label cannot have, and stay different by their ids', () => {
    const names = namesOf(
      resourceSlices(stateOf([{ key: 'rtx-pro-6000-blackwell', migEnabled: true }]), all),
    )
    expect(names).toContain('gpu-0-mig-1g24gb-me-21-0')
    expect(names).toContain('gpu-0-mig-1g24gb-me-67-0')
    expect(names).toContain('gpu-0-mig-1g24gb-meall-65-9')
    expect(new Set(names).size).toBe(names.length)
  })

  test('a GPU with MIG off, or without MIG, is a whole device without counters', () => {
    const slices = resourceSlices(stateOf([a100(false), { key: 'none' }]), all)
    expect(countsOf(slices)).toEqual([[0, 2]])
    expect(devicesOf(slices)[0]).toMatchObject({
      name: 'gpu-0',
      attributes: {
        type: { string: 'gpu' },
        uuid: { string: 'GPU-00000000-0000-0000-0000-000000000000' },
      },
      capacity: { memory: { value: '40Gi' } },
    })
    expect(devicesOf(slices)[1]).toMatchObject({
      name: 'gpu-1',
      capacity: { memory: { value: '15Gi' } },
    })
    expect(devicesOf(slices).some((device) => 'consumesCounters' in device)).toBe(false)
  })

  test('a GPU whose memory the driver does not show has no capacity', () => {
    const [gpu] = devicesOf(
      resourceSlices(changed(stateOf([a100(false)]), { memoryMiB: null }), all),
    )
    expect(gpu?.capacity).toEqual({})
  })

  test('a MIG device that is there has its UUID, and the memory units where it lies as capacities', () => {
    const state = stateOf([{ key: 'a100-40gb', instances: ['2g.10gb@2', '3g.20gb@4'] }])
    const slices = resourceSlices(state, existing)
    expect(countsOf(slices)).toEqual([[0, 2]])
    expect(devicesOf(slices)[0]).toMatchObject({
      name: 'gpu-0-mig-2g10gb-14-2',
      attributes: {
        uuid: { string: state.gpus[0]?.gpuInstances[0]?.computeInstances[0]?.uuid },
        profile: { string: '2g.10gb' },
      },
      capacity: {
        memory: { value: '9856Mi' },
        memorySlice2: { value: '1' },
        memorySlice3: { value: '1' },
      },
    })
    expect(Object.keys(devicesOf(slices)[0]?.capacity ?? {})).toHaveLength(9)
  })

  test('where attributes fill a device, its memory units are left out, because Kubernetes takes 32 of both together', () => {
    const state = stateOf([{ key: 'a100-40gb', instances: ['7g.40gb@0'] }])
    const more = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`a${i}`, { int: i }]))
    const uuid = state.gpus[0]?.uuid ?? 'GPU-'
    const [device] = devicesOf(resourceSlices(state, { ...existing, attributes: { [uuid]: more } }))
    expect(Object.keys(device?.capacity ?? {})).toHaveLength(7)
    expect(Object.keys(device?.attributes ?? {})).toHaveLength(21)
  })

  test('parts of one GPU instance have different names', () => {
    const state = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@4:1c,2c', '1g.5gb@0'] }])
    expect(namesOf(resourceSlices(state, existing))).toEqual([
      'gpu-0-mig-1c3g20gb-9-4-0',
      'gpu-0-mig-1g5gb-19-0',
      'gpu-0-mig-2c3g20gb-9-4-1',
    ])
  })

  test('a GPU instance without a compute instance is no device', () => {
    const state = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@4:', '1g.5gb@0'] }])
    expect(namesOf(resourceSlices(state, existing))).toEqual(['gpu-0-mig-1g5gb-19-0'])
  })

  test('each device keeps the limits of the API: a DNS label, 32 attributes and capacities, 32 counters', () => {
    for (const { key } of catalogEntries) {
      if (
        ['h20', 'rtx-pro-5', 'rtx-pro-4', 'rtx-6000d', 'thor'].some((word) => key.startsWith(word))
      )
        continue
      const slices = resourceSlices(stateOf([{ key, migEnabled: true }]), {
        ...all,
        cudaVersion: '13.0',
      })
      for (const device of devicesOf(slices)) {
        expect(device.name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/)
        const { attributes, capacity, consumesCounters = [] } = device
        expect(
          Object.keys({ ...attributes }).length + Object.keys(capacity).length,
        ).toBeLessThanOrEqual(32)
        expect(consumesCounters).toHaveLength(1)
        for (const { counters } of consumesCounters)
          for (const { value } of Object.values(counters))
            expect(value).toMatch(/^[1-9]\d*(Mi|Gi)?$/)
      }
      for (const set of slices.flatMap(({ spec }) => spec.sharedCounters ?? []))
        expect(Object.keys(set.counters).length).toBeLessThanOrEqual(32)
    }
  })
})

describe('slices of a node', () => {
  test('counters come first, then each GPU with MIG on, and the GPUs without counters that follow each other share one', () => {
    const slices = resourceSlices(stateOf([a100(), a100(false), a100(false), a100()]), all)
    expect(countsOf(slices)).toEqual([
      [2, 0],
      [0, 25],
      [0, 2],
      [0, 25],
    ])
    expect(slices.map(({ metadata }) => metadata)).toEqual([
      { name: 'worker-1-gpu.nvidia.com-000' },
      { name: 'worker-1-gpu.nvidia.com-001' },
      { name: 'worker-1-gpu.nvidia.com-002' },
      { name: 'worker-1-gpu.nvidia.com-003' },
    ])
    expect(slices[1]?.spec).toMatchObject({
      driver: 'gpu.nvidia.com',
      nodeName: 'worker-1',
      pool: { name: 'worker-1', generation: 1, resourceSliceCount: 4 },
    })
  })

  test('a slice has at most eight counter sets, and at most 128 devices without counters', () => {
    expect(countsOf(resourceSlices(stateOf([{ ...a100(), count: 17 }]), all)).slice(0, 4)).toEqual([
      [8, 0],
      [8, 0],
      [1, 0],
      [0, 25],
    ])
    expect(countsOf(resourceSlices(stateOf([{ ...a100(false), count: 130 }]), all))).toEqual([
      [0, 128],
      [0, 2],
    ])
  })

  test('a GPU with more than 64 placements has several slices, which keep the order', () => {
    const [first] = stateOf([a100()]).gpus[0]?.geometry?.profiles ?? []
    if (first === undefined) throw new Error('no profile')
    const placements = Array.from({ length: 7 }, (_, start) => ({ start, size: 1 }))
    const profiles = Array.from({ length: 10 }, (_, id) => ({
      ...first,
      id,
      index: id,
      name: `1g.${id}gb`,
      placements,
    }))
    const slices = resourceSlices(changed(stateOf([a100()]), { geometry: { profiles } }), all)
    expect(countsOf(slices)).toEqual([
      [1, 0],
      [0, 64],
      [0, 6],
    ])
    expect(namesOf(slices)).toEqual(namesOf(slices).toSorted())
  })

  test('names sort as the slices stand, for a thousand slices and more', () => {
    const names = resourceSlices(stateOf([{ ...a100(), count: 1000 }]), all).map(
      ({ metadata }) => metadata.name,
    )
    expect(names).toHaveLength(1125)
    expect(names.toSorted()).toEqual(names)
  })

  test('Kubernetes 1.34 gets counters and devices of a GPU in one slice', () => {
    const options = { ...all, counters: 'combined' } as const
    const slices = resourceSlices(stateOf([a100(), a100(false), a100()]), options)
    expect(countsOf(slices)).toEqual([
      [1, 25],
      [0, 1],
      [1, 25],
    ])
    expect(slices[0]?.spec.pool.resourceSliceCount).toBe(3)
  })

  test('a node without devices has no slices', () => {
    expect(resourceSlices(stateOf([]), all)).toEqual([])
    expect(resourceSlices(stateOf([a100()]), existing)).toEqual([])
  })

  test('a plan shows the node as it will be: MIG devices without UUIDs, and placements where MIG is off now', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB')
    const { library } = machine
    const state = await readMigState({ library })
    const wanted = { gpu: 0, migDevices: { '3g.20gb': 1, '1c.4g.20gb': 2 } }
    const plan = await planMigConfig(wanted, { library })
    const slices = resourceSlices(state, { ...existing, plan })
    expect(namesOf(slices)).toEqual([
      'gpu-0-mig-1c4g20gb-5-0-0',
      'gpu-0-mig-1c4g20gb-5-0-1',
      'gpu-0-mig-3g20gb-9-4',
      'gpu-1',
    ])
    expect(devicesOf(slices)[2]?.attributes).not.toHaveProperty('uuid')
    expect(devicesOf(slices)[2]?.capacity).toMatchObject({ memorySlice7: { value: '1' } })
    expect(countsOf(resourceSlices(state, { ...all, plan }))).toEqual([
      [1, 0],
      [0, 25],
      [0, 1],
    ])
  })

  test('driver, generation, owner, CUDA and further attributes are those of the options', () => {
    const [gpu] = stateOf([a100(false)]).gpus
    const [slice] = resourceSlices(stateOf([a100(false)]), {
      ...all,
      driver: 'mig.example.com',
      generation: 7,
      nodeUid: 'abc',
      cudaVersion: '13.0',
      attributes: { [gpu?.uuid ?? 'GPU-']: { brand: { string: 'Nvidia' } } },
    })
    expect(slice?.metadata).toEqual({
      name: 'worker-1-mig.example.com-000',
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Node', name: 'worker-1', uid: 'abc', controller: true },
      ],
    })
    expect(slice?.spec.driver).toBe('mig.example.com')
    expect(slice?.spec.pool.generation).toBe(7)
    expect(slice?.spec.devices?.[0]?.attributes).toMatchObject({
      cudaDriverVersion: { version: '13.0.0' },
      brand: { string: 'Nvidia' },
    })
  })

  test.each([
    ['535.104.05', '535.104.5'],
    ['580.65', '580.65.0'],
    ['580', '580.0.0'],
  ])('the driver %s is the semantic version %s', (driverVersion, version) => {
    const [gpu] = devicesOf(resourceSlices({ ...stateOf([a100(false)]), driverVersion }, all))
    expect(gpu?.attributes['driverVersion']).toEqual({ version })
  })

  test('a driver version that is no list of numbers is left out, because the API server would refuse it', () => {
    const [gpu] = devicesOf(
      resourceSlices({ ...stateOf([a100(false)]), driverVersion: '580.x' }, all),
    )
    expect(gpu?.attributes).not.toHaveProperty('driverVersion')
  })

  test('slices are frozen, equal for equal states, and the same after a way through JSON', () => {
    const slices = resourceSlices(stateOf([a100(), a100(false)]), all)
    expect(resourceSlices(stateOf([a100(), a100(false)]), all)).toEqual(slices)
    expect(JSON.parse(JSON.stringify(slices))).toEqual(slices)
    expect(() => Object.assign(slices[0]?.spec.pool ?? {}, { generation: 2 })).toThrow(TypeError)
  })

  test.each([
    { brand: 'Nvidia' },
    { brand: {} },
    { brand: { string: 'a', int: 1 } },
    { brand: { string: 'x'.repeat(65) } },
    { brand: { string: 'é'.repeat(33) } },
    { brand: { int: 1.5 } },
    { brand: { bool: 'true' } },
    { brand: { version: '1.2' } },
    { brand: { strings: ['a'] } },
    { 'a b': { int: 1 } },
    { 'Example.com/rack': { int: 1 } },
    { ['x'.repeat(33)]: { int: 1 } },
    { type: { string: 'gpu' } },
    { profile: { string: '1g.5gb' } },
  ])(
    'the attributes %o, with which the API server would refuse a slice or no class would find its devices, are refused',
    (own) => {
      const attributes = { [stateOf([a100()]).gpus[0]?.uuid ?? 'GPU-']: own } as never
      expect(() => resourceSlices(stateOf([a100()]), { ...all, attributes })).toThrow(
        /^resourceSlices: option attributes/,
      )
    },
  )

  test('attributes of each kind and with a domain are taken', () => {
    const own = {
      'resource.kubernetes.io/pcieRoot': { string: 'pci0000:00' },
      'example.com/rack_2': { int: -1 },
      _spare: { bool: false },
      firmware: { version: '96.0.1-rc.1+b2' },
    }
    const attributes = { [stateOf([a100()]).gpus[0]?.uuid ?? 'GPU-']: own }
    const [, slice] = resourceSlices(stateOf([a100()]), { ...all, attributes })
    expect(slice?.spec.devices?.[0]?.attributes).toMatchObject(own)
  })

  test('attributes of the caller are not frozen', () => {
    const attributes = {
      'GPU-00000000-0000-0000-0000-000000000000': { brand: { string: 'Nvidia' } },
    } as const
    const [device] = devicesOf(resourceSlices(stateOf([a100(false)]), { ...all, attributes }))
    expect(device?.attributes['brand']).toEqual({ string: 'Nvidia' })
    const [own] = Object.values(attributes)
    expect([own, own?.brand].map(Object.isFrozen)).toEqual([false, false])
  })

  test('a GPU that reports no placement has no counters either', () => {
    const state = stateOf([a100()])
    const profiles =
      state.gpus[0]?.geometry?.profiles.map((each) => ({ ...each, placements: [] })) ?? []
    expect(resourceSlices(changed(state, { geometry: { profiles } }), all)).toEqual([])
  })
})

describe('the order of placements', () => {
  const places = ({ profiles }: Geometry): readonly DevicePlace[] =>
    profiles.flatMap(({ name, placements }) =>
      placements.map(({ start }) => ({ profile: name, start })),
    )
  const withOrder = (order: NonNullable<ResourceSliceOptions['order']>) =>
    resourceSlices(stateOf([a100(), { key: 'a30-24gb', migEnabled: true }]), { ...all, order })

  test("by default devices stand in the order of their names, as NVIDIA's driver lists them", () => {
    const names = namesOf(resourceSlices(stateOf([a100()]), all))
    expect(names).toEqual(names.toSorted())
    expect(names.filter((name) => name.includes('3g20gb'))).toEqual([
      'gpu-0-mig-3g20gb-9-0',
      'gpu-0-mig-3g20gb-9-4',
    ])
  })

  test('equal GPUs come with one geometry, call after call, so that an order is computed once for all of them', () => {
    const [first] = stateOf([a100()]).gpus
    const seen = new Set<Geometry>()
    const order = (geometry: Geometry) => {
      seen.add(geometry)
      return places(geometry)
    }
    // As the driver reports it before a GPU instance exists.
    const profiles = first?.geometry?.profiles.map((profile) => ({
      ...profile,
      computeInstanceProfiles: null,
    }))
    const state = changed(stateOf([{ ...a100(), count: 3 }]), {
      geometry: { profiles: profiles ?? [] },
    })
    for (let call = 0; call < 2; call += 1) resourceSlices(state, { ...all, order })
    expect(seen.size).toBe(1)
  })

  test('a caller decides it for each GPU', () => {
    const seen: string[] = []
    const slices = withOrder((geometry, gpu) => {
      seen.push(gpu.name)
      return places(geometry).toReversed()
    })
    expect(seen).toEqual(['NVIDIA A100-SXM4-40GB', 'NVIDIA A30'])
    expect(namesOf(slices)[0]).toBe('gpu-0-mig-1g10gb-15-6')
    expect(namesOf(slices).filter((name) => name.includes('3g20gb'))).toEqual([
      'gpu-0-mig-3g20gb-9-4',
      'gpu-0-mig-3g20gb-9-0',
    ])
    expect(namesOf(slices).toSorted()).toEqual(namesOf(withOrder(places)).toSorted())
  })

  test.each([
    [
      'a place that is left out',
      (geometry: Geometry) => places(geometry).slice(1),
      'the order lacks 1g.5gb at 0',
    ],
    [
      'a place that is there twice',
      (geometry: Geometry) => places(geometry).toSpliced(1, 0, { profile: '1g.5gb', start: 0 }),
      'the order has 1g.5gb at 0',
    ],
    [
      'a place that the GPU does not have',
      (geometry: Geometry) => [...places(geometry), { profile: '3g.20gb', start: 2 }],
      'the order has 3g.20gb at 2',
    ],
    [
      'the answer of deviceOrder in place of its placements',
      (geometry: Geometry) => deviceOrder(geometry) as never,
      'option order must be a function that returns a list of places, not an object',
    ],
    [
      'nothing',
      () => undefined as never,
      'option order must be a function that returns a list of places, not null',
    ],
    [
      'a place without a name',
      () => [null] as never,
      String.raw`option order\[0\] must be an object with profile and start, not null`,
    ],
  ])('%s is an error', (_, order, message) => {
    expect(() => withOrder(order)).toThrow(new RegExp(`^resourceSlices: ${message}`))
  })
})

describe('what cannot be published', () => {
  test('a GPU of which nobody knows the placements is an error with all, and no hindrance with existing', () => {
    const state = changed(stateOf([a100()]), { geometry: null, pciDeviceId: 1, name: 'NVIDIA X' })
    const error = migErrorOf(() => resourceSlices(state, all))
    expect(error.code).toBe('MIG_GEOMETRY_UNKNOWN')
    expect(error.message).toMatch(
      /^The MIG devices of GPU 0 \(NVIDIA X, .*\) cannot be published: the driver/,
    )
    expect(resourceSlices(state, existing)).toEqual([])
  })

  test('a GPU whose instances are not listed is an error with existing, and no hindrance with all', () => {
    const unlisted = {
      migDevices: [],
      seesAllDevices: false,
      lacks: 'mig/config',
      gpuInstances: null,
    }
    const state = stateOf([a100()])
    const hidden = { ...state, gpus: state.gpus.map((gpu) => ({ ...gpu, ...unlisted }) as never) }
    expect(migErrorOf(() => resourceSlices(hidden, existing)).code).toBe('MIG_NO_PERMISSION')
    expect(namesOf(resourceSlices(hidden, all))).toHaveLength(25)
  })

  test('a GPU with more than 32 counters is an error, because the API server would refuse its slices', () => {
    const state = stateOf([a100()])
    const [first] = state.gpus[0]?.geometry?.profiles ?? []
    if (first === undefined) throw new Error('no profile')
    const withUnits = (units: number) => {
      const placements = Array.from({ length: units }, (_, start) => ({ start, size: 1 }))
      return changed(state, { geometry: { profiles: [{ ...first, placements }] } })
    }
    // An instance of this profile has multiprocessors, a copy engine and memory.
    const [most] = resourceSlices(withUnits(29), all)
    expect(Object.keys(most?.spec.sharedCounters?.[0]?.counters ?? {})).toHaveLength(32)
    const error = migErrorOf(() => resourceSlices(withUnits(30), all))
    expect(error.code).toBe('MIG_DRA_INVALID')
    expect(error.message).toMatch(/GPU 0 .* 33 counters, and Kubernetes takes 32/)
  })

  test('a GPU without a minor number has no name', () => {
    const state = changed(stateOf([a100()]), { minorNumber: null })
    expect(migErrorOf(() => resourceSlices(state, all)).code).toBe('MIG_DEVICE_NUMBERS_UNKNOWN')
  })

  test.each([
    [{ ...all, node: 'Worker 1' }, 'option node must be a name of Kubernetes'],
    [{ ...all, node: 'a'.repeat(181) }, 'option node must be a name of Kubernetes'],
    [{ ...all, driver: 'gpu_nvidia' }, 'option driver must be a name of Kubernetes'],
    [{ ...all, partitions: 'some' }, "option partitions must be 'existing' or 'all'"],
    [{ node: 'n' }, "option partitions must be 'existing' or 'all', not undefined"],
    [
      {
        ...all,
        attributes: {
          'GPU-1': Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`a${i}`, { int: i }])),
        },
      },
      'must be an object with at most 12 attributes',
    ],
    [{ ...all, generation: -1 }, 'option generation must be a whole number from 0'],
    [{ ...all, order: [] }, 'option order must be a function'],
    [{ ...all, cudaVersion: '13.0.1' }, 'option cudaVersion must be two numbers'],
    [{ ...all, partition: 'all' }, 'has no option partition'],
  ])('%o is refused: %s', (options, message) => {
    expect(() => resourceSlices(stateOf([a100()]), options as never)).toThrow(TypeError)
    expect(() => resourceSlices(stateOf([a100()]), options as never)).toThrow(message)
  })
})
