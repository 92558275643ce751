import { describe, expect, test } from 'vitest'
import { describeUnpublished } from '../../../../lib/kubernetes/agent/published.js'
import type { ClusterObject } from '../../../../types/kubernetes/cluster-client.js'
import type { ResourceSlice } from '../../../../types/kubernetes/dra/objects.js'

/** A slice with these devices: names with the ends of their UUIDs. */
function slice(
  devices: Readonly<Record<string, string | null>>,
  { generation = 1, resourceSliceCount = 1 } = {},
): ResourceSlice & ClusterObject {
  const pool = { name: 'node-1', generation, resourceSliceCount }
  const attributesOf = (uuid: string | null): object =>
    uuid === null ? { index: { int: 0 } } : { uuid: { string: `MIG-${uuid}` } }
  const named = Object.entries(devices).map(([name, uuid]) => ({
    name,
    attributes: attributesOf(uuid),
  }))
  return { metadata: { name: 'slice' }, spec: { pool, devices: named } } as never
}
const describeWith = (
  found: readonly ClusterObject[],
  ...expected: readonly ResourceSlice[]
): string | null => describeUnpublished(found, expected, 'gpu.nvidia.com')

const two = { 'gpu-0-mig-a': '1', 'gpu-0-mig-b': '2' }

describe('the resource slices of a node', () => {
  test('are as they must be with the same devices, however they are cut into slices', () => {
    expect(describeWith([slice(two)], slice(two))).toBeNull()
    const parts = Object.entries(two).map(([name, uuid]) =>
      slice({ [name]: uuid }, { generation: 4, resourceSliceCount: 2 }),
    )
    expect(describeWith(parts, slice(two))).toBeNull()
    expect(describeWith([])).toBeNull()
    expect(describeWith([slice({})], slice({}))).toBeNull()
  })

  test('are missing where the driver has published none, with what the node has', () => {
    expect(describeWith([], slice(two))).toBe(
      'the driver gpu.nvidia.com publishes no resource slice of the node, and it has gpu-0-mig-a, gpu-0-mig-b',
    )
  })

  test('count only when their newest generation is whole', () => {
    const newest = slice({ 'gpu-0-mig-a': '1' }, { generation: 10, resourceSliceCount: 2 })
    expect(describeWith([slice(two, { generation: 9 }), newest], slice(two))).toBe(
      'the driver gpu.nvidia.com has published 1 of 2 resource slices of the node',
    )
  })

  test('of an older generation say nothing', () => {
    const old = slice({ 'gpu-0-mig-z': '9' }, { generation: 9 })
    expect(describeWith([old, slice(two, { generation: 10 })], slice(two))).toBeNull()
    expect(
      describeWith([slice(two, { generation: 9 }), slice({}, { generation: 10 })], slice(two)),
    ).toMatch(/do not have gpu-0-mig-a, gpu-0-mig-b yet$/)
  })

  test.each([
    [{ 'gpu-0-mig-a': '1' }, 'do not have gpu-0-mig-b yet'],
    [{ ...two, 'gpu-0-mig-c': '3' }, 'still have gpu-0-mig-c of before'],
    [{ ...two, 'gpu-0-mig-b': '7' }, 'still have gpu-0-mig-b of before'],
    [{ ...two, 'gpu-0-mig-b': null }, 'still have gpu-0-mig-b of before'],
    [
      { 'gpu-0-mig-a': '1', 'gpu-0-mig-c': '3' },
      'do not have gpu-0-mig-b yet, and still have gpu-0-mig-c of before',
    ],
  ])('with %j in place of two devices: %s', (devices, text) => {
    expect(describeWith([slice(devices)], slice(two))).toBe(
      `the resource slices of the node ${text}`,
    )
  })

  test('name five devices in order, and count the others', () => {
    const many = (count: number): ResourceSlice =>
      slice(Object.fromEntries(Array.from({ length: count }, (_, index) => [`d${7 - index}`, '1'])))
    expect(describeWith([slice({})], many(5))).toMatch(/do not have d3, d4, d5, d6, d7 yet$/)
    expect(describeWith([slice({})], many(7))).toMatch(
      /do not have d1, d2, d3, d4, d5 and 2 more yet$/,
    )
  })
})
