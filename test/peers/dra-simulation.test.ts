// `simulateAllocation` beside the allocator of Kubernetes' scheduler: dra-allocator/main.go.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  deviceClasses,
  resourceClaim,
  resourceSlices,
  simulateAllocation,
} from '../../lib/kubernetes.js'
import type {
  ClaimAllocation,
  DeviceConstraint,
  DeviceNeed,
  DeviceRequest,
  ResourceClaim,
  ResourceSlice,
} from '../../types/kubernetes/dra/objects.js'
import type { DevicePlace } from '../../types/kubernetes/dra/slices.js'
import type { Geometry } from '../../types/model/geometry.js'
import type { MigState } from '../../types/model/state.js'
import { allSpotSets } from '../support/brute-force.js'
import { geometryOf, placeableEntries } from '../support/geometry.js'
import { gpuWith } from '../support/model-gpu.js'
import { seeded } from '../support/random.js'
import { type DraAllocator, startDraAllocator } from './dra-allocator.js'
import { isMissing } from './peer.js'

type Below = (below: number) => number

describe.skipIf(isMissing('dra-allocator'))("the simulation and the scheduler's allocator", () => {
  let allocator: DraAllocator
  beforeAll(() => {
    allocator = startDraAllocator()
  })
  afterAll(() => allocator[Symbol.asyncDispose]())

  test.each(['a100-40gb', 'a30-24gb', 'rtx-pro-6000-blackwell'])(
    'choose the same device for every profile in every layout of the %s',
    async (key) => {
      const geometry = geometryOf(key)
      const slices = resourceSlices(stateOf([geometry]), { node: 'n', partitions: 'all' })
      await allocator.ask({ slices, classes: deviceClasses([]), node: 'n', pods: [] })
      const names = slices.flatMap(({ spec }) => (spec.devices ?? []).map(({ name }) => name))
      const pods = geometry.profiles.map(({ name }) => [claimOn(name)])
      for (const spots of allSpotSets(geometry)) {
        const taken = spots.map(({ profile, placement }) =>
          names.find((name) => name.endsWith(`-${profile.id}-${placement.start}`)),
        )
        const allocated = taken.map((device = '') => deviceOf(device))
        const others = [withDevices(claimOn('1g.5gb'), allocated)]
        for (const pod of pods) {
          const [real] = await allocator.allocate({ node: 'n', allocated, pods: [pod] })
          expect(allocationsOf(simulateAllocation(slices, pod, { others })), taken.join()).toEqual(
            real,
          )
        }
      }
    },
  )

  test.each(placeableEntries.map(({ key }) => key))(
    'agree on random sequences of pods on the %s, in random orders',
    async (key) => {
      const below = seeded(key.length * 1000 + key.charCodeAt(0))
      const geometry = geometryOf(key)
      for (let round = 0; round < 10; round += 1)
        await compareSequence(below, [geometry, geometry], () => [
          claimOn(pick(geometry.profiles, below).name),
        ])
    },
  )

  test.each(Array.from({ length: 150 }, (_, seed) => seed))(
    'agree on pods with several requests, constraints and taints on machines of several models (seed %i)',
    async (seed) => {
      const below = seeded(seed)
      const geometries = Array.from(
        { length: 1 + below(3) },
        () => pick(placeableEntries, below).geometry,
      )
      const profiles = geometries.flatMap((geometry) => geometry.profiles.map(({ name }) => name))
      await compareSequence(below, geometries, () => randomPod(below, profiles), taint)
    },
  )

  /** Pods come until ten have come; the simulation gets the devices that the allocator gave to those before. */
  async function compareSequence(
    below: Below,
    geometries: readonly Geometry[],
    podOf: () => readonly ResourceClaim[],
    change: (slices: readonly ResourceSlice[], below: Below) => readonly ResourceSlice[] = (same) =>
      same,
  ): Promise<void> {
    const slices = change(
      resourceSlices(stateOf(geometries, below), {
        node: 'n',
        partitions: 'all',
        order: (geometry) => shuffled(placesOf(geometry), below),
      }),
      below,
    )
    const pods = Array.from({ length: 10 }, podOf)
    const real = await allocator.allocate({ slices, classes: deviceClasses([]), node: 'n', pods })
    const others: ResourceClaim[] = []
    const simulated = pods.map((pod, index) => {
      const found = allocationsOf(
        simulateAllocation(slices, pod, { others, classes: deviceClasses([]) }),
      )
      for (const [position, allocation] of (real[index] ?? []).entries())
        others.push({ ...(pod[position] as ResourceClaim), status: { allocation } })
      return found
    })
    expect(simulated).toEqual(real)
  }

  test('both end with an error where a constraint keeps a request from the devices that are all its own', async () => {
    const geometry = geometryOf('a30-24gb')
    const slices = resourceSlices(
      stateOf([geometry, geometry], () => 0),
      {
        node: 'n',
        partitions: 'all',
      },
    )
    const claim = claimWith(
      [{ name: 'gpu', exactly: { deviceClassName: 'gpu.nvidia.com', allocationMode: 'All' } }],
      [{ matchAttribute: 'gpu.nvidia.com/uuid' }],
    )
    const question = { slices, classes: deviceClasses([]), node: 'n', pods: [[claim]] }
    await expect(allocator.ask(question)).rejects.toThrow(
      'cannot add device gpu.nvidia.com/n/gpu-1',
    )
    expect(() => simulateAllocation(slices, [claim])).toThrow('does not let it have gpu-1')
  })

  test('both refuse a condition on an attribute that a device lacks, instead of passing it over', async () => {
    const slices = resourceSlices(
      stateOf([geometryOf('a30-24gb')], () => 0),
      { node: 'n', partitions: 'all' },
    )
    const claim = claimWith([
      {
        name: 'gpu',
        exactly: {
          deviceClassName: 'gpu.nvidia.com',
          selectors: [
            { cel: { expression: "device.attributes['gpu.nvidia.com'].profile == '1g.6gb'" } },
          ],
        },
      },
    ])
    const question = { slices, classes: deviceClasses([]), node: 'n', pods: [[claim]] }
    await expect(allocator.ask(question)).rejects.toThrow('no such key: profile')
    expect(() => simulateAllocation(slices, [claim])).toThrow('no attribute gpu.nvidia.com/profile')
  })
})

/** One GPU in four has MIG off. */
function stateOf(geometries: readonly Geometry[], below: Below = () => 1): MigState {
  return {
    driverVersion: '580.65.06',
    gpus: geometries.map((geometry, index) => {
      const enabled = below(4) !== 0
      return gpuWith(geometry, [], { index, mig: { enabled, pending: enabled } })
    }),
    lostGpus: [],
  }
}

function placesOf({ profiles }: Geometry): readonly DevicePlace[] {
  return profiles.flatMap(({ name, placements }) =>
    placements.map(({ start }) => ({ profile: name, start })),
  )
}

function claimOn(profile: string): ResourceClaim {
  return resourceClaim({ gpu: { profile } }, { name: 'claim' })
}

function claimWith(
  requests: readonly DeviceRequest[],
  constraints: readonly DeviceConstraint[] = [],
): ResourceClaim {
  return {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: { name: 'claim' },
    spec: { devices: { requests, constraints } },
  }
}

function deviceOf(device: string): ClaimAllocation['devices']['results'][number] {
  return { request: 'gpu', driver: 'gpu.nvidia.com', pool: 'n', device }
}

function withDevices(
  claim: ResourceClaim,
  results: ClaimAllocation['devices']['results'],
): ResourceClaim {
  return { ...claim, status: { allocation: { devices: { results } } } }
}

function allocationsOf(claims: readonly ResourceClaim[] | null): readonly unknown[] | null {
  return claims?.map(({ status }) => status?.allocation) ?? null
}

/** Few devices, because both may try all ways to choose them. */
function randomPod(below: Below, profiles: readonly string[]): readonly ResourceClaim[] {
  return Array.from({ length: 1 + below(2) }, () => {
    const requests = Array.from({ length: 1 + below(2) }, (_, index) =>
      randomRequest(`r${index}`, below, profiles),
    )
    const some = below(2) === 0 ? [] : [pick(requests, below).name]
    const attribute = pick(['parentUUID', 'profile', 'productName'], below)
    const constraint = {
      requests: some,
      [pick(['matchAttribute', 'distinctAttribute'], below)]: `gpu.nvidia.com/${attribute}`,
    }
    // A constraint that all devices do not meet is an error, not a refusal.
    const takesAll = JSON.stringify(requests).includes('"All"')
    return claimWith(requests, below(2) === 0 && !takesAll ? [constraint] : [])
  })
}

function randomRequest(name: string, below: Below, profiles: readonly string[]): DeviceRequest {
  if (below(3) > 0) return { name, exactly: randomNeed(below, profiles) }
  const firstAvailable = Array.from({ length: 1 + below(3) }, (_, index) => ({
    name: `s${index}`,
    ...randomNeed(below, profiles),
  }))
  return { name, firstAvailable }
}

function randomNeed(below: Below, profiles: readonly string[]): DeviceNeed {
  const tolerations =
    below(3) === 0 ? { tolerations: [{ operator: 'Exists', key: pick(keys, below) }] as const } : {}
  if (below(8) === 0)
    return { deviceClassName: 'gpu.nvidia.com', allocationMode: 'All', ...tolerations }
  if (below(5) === 0) return { deviceClassName: 'mig.nvidia.com', count: 1, ...tolerations }
  const claim = resourceClaim(
    { gpu: { profile: pick(profiles, below), count: 1 + below(2) } },
    { name: 'c' },
  )
  return { ...(claim.spec.devices.requests[0]?.exactly as DeviceNeed), ...tolerations }
}

const keys = ['example.com/hot', 'example.com/old'] as const
const effects = ['NoSchedule', 'NoExecute', 'None'] as const

/** One device in six has a taint. */
function taint(slices: readonly ResourceSlice[], below: Below): readonly ResourceSlice[] {
  return slices.map(({ spec: { devices, ...spec }, ...slice }) => ({
    ...slice,
    spec: {
      ...spec,
      ...(devices === undefined
        ? {}
        : {
            devices: devices.map((device) =>
              below(6) > 0
                ? device
                : { ...device, taints: [{ key: pick(keys, below), effect: pick(effects, below) }] },
            ),
          }),
    },
  }))
}

function pick<Item>(items: readonly Item[], below: Below): Item {
  return items[below(items.length)] as Item
}

function shuffled<Item>(items: readonly Item[], below: Below): readonly Item[] {
  return items
    .map((item) => [below(1 << 30), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item)
}
