import { describe, expect, test } from 'vitest'
import { type PlacedDevice, preferDevices } from '../../../../lib/kubernetes/plugin/preferred.js'
import fc from '../../../support/property.js'

/** MIG devices `gpu/instance`, as many on each GPU as its number says. */
function migDevices(...counts: readonly number[]): readonly PlacedDevice[] {
  return counts.flatMap((count, gpuIndex) =>
    Array.from({ length: count }, (_, instance) => ({
      uuid: `MIG-${gpuIndex}/${instance}` as const,
      gpu: `GPU-${gpuIndex}` as const,
      gpuIndex,
      gpuInstanceId: instance,
      computeInstanceId: 0,
      isLost: false,
      numaNode: null,
    })),
  )
}

/** Whole GPUs, each on its NUMA node. */
function gpus(...nodes: readonly (number | null)[]): readonly PlacedDevice[] {
  return nodes.map((numaNode, gpuIndex) => ({
    uuid: `GPU-${gpuIndex}` as const,
    gpu: `GPU-${gpuIndex}` as const,
    gpuIndex,
    gpuInstanceId: null,
    computeInstanceId: null,
    isLost: false,
    numaNode,
  }))
}

const uuidsOf = (devices: readonly PlacedDevice[]): readonly string[] =>
  devices.map(({ uuid }) => uuid)
const gpusOf = (uuids: readonly string[]): readonly string[] =>
  uuids.map((uuid) => uuid.replace(/^MIG-(\d+).*/, '$1'))

test('packed takes the devices of a container from one GPU, the one with the least left that has enough', () => {
  const all = migDevices(5, 2, 3)
  const request = { available: uuidsOf(all), mustInclude: [], size: 3 }
  expect(gpusOf(preferDevices(all, request, 'packed'))).toEqual(['2', '2', '2'])
})

test('packed fills the GPU of which most is in use', () => {
  const all = migDevices(3, 3)
  const available = uuidsOf(all).filter((uuid) => uuid !== 'MIG-1/0')
  expect(gpusOf(preferDevices(all, { available, mustInclude: [], size: 1 }, 'packed'))).toEqual([
    '1',
  ])
})

test('packed takes from as few GPUs as possible where no GPU has enough', () => {
  const all = migDevices(2, 4, 1)
  const request = { available: uuidsOf(all), mustInclude: [], size: 6 }
  expect(new Set(gpusOf(preferDevices(all, request, 'packed')))).toEqual(new Set(['0', '1']))
})

test('distributed takes one device of each GPU, the least used first', () => {
  const all = migDevices(3, 3, 3)
  const available = uuidsOf(all).filter((uuid) => uuid !== 'MIG-0/0')
  const chosen = preferDevices(all, { available, mustInclude: [], size: 2 }, 'distributed')
  expect(gpusOf(chosen).toSorted()).toEqual(['1', '2'])
})

test('whole GPUs come from one NUMA node where one has enough, the one with the least left', () => {
  const all = gpus(0, 1, 0, 1, 1, 2)
  const request = { available: uuidsOf(all), mustInclude: [], size: 2 }
  expect(preferDevices(all, request, 'distributed')).toEqual(['GPU-0', 'GPU-2'])
})

test('what must be included decides where the others come from', () => {
  const all = gpus(0, 0, 1, 1)
  const request = { available: uuidsOf(all), mustInclude: ['GPU-3'], size: 2 }
  expect([...preferDevices(all, request, 'packed')].toSorted()).toEqual(['GPU-2', 'GPU-3'])
})

describe.each(['packed', 'distributed'] as const)('%s', (allocation) => {
  test('gives as many available devices as are wanted, each once, with those that must be included', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.boolean()),
        fc.infiniteStream(fc.boolean()),
        fc.nat(8),
        (counts, free, required, more) => {
          const all = migDevices(...counts)
          const available = uuidsOf(all).filter(() => free.next().value === true)
          const mustInclude = available.filter(() => required.next().value === true)
          const size = Math.min(available.length, mustInclude.length + more)
          const chosen = preferDevices(all, { available, mustInclude, size }, allocation)
          expect(new Set(chosen).size).toBe(size)
          expect(chosen.every((uuid) => available.includes(uuid))).toBe(true)
          expect(mustInclude.every((uuid) => chosen.includes(uuid))).toBe(true)
        },
      ),
    )
  })
})
