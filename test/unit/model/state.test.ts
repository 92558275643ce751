import { expect, test } from 'vitest'
import { deepFreeze } from '../../../lib/model/freeze.js'
import { describeGpus, formatIndexRanges } from '../../../lib/model/gpu-text.js'
import { groupBy } from '../../../lib/model/group-by.js'
import { findNearest } from '../../../lib/model/nearest.js'
import { countMigDevices, findGpu, gpuOf, listPlacedDevices } from '../../../lib/model/state.js'
import fc from '../../support/property.js'
import { stateOf } from '../../support/state.js'

const state = stateOf([
  { key: 'a100-40gb', instances: ['3g.20gb@4:1c,1c', '1g.5gb+me@0', '1g.5gb@2'] },
  { key: 'a100-40gb', instances: ['4g.20gb@0:'] },
])

test('findGpu finds a GPU by index and by UUID', () => {
  expect(findGpu(state, 1)).toBe(state.gpus[1])
  expect(findGpu(state, state.gpus[1]?.uuid ?? '')).toBe(state.gpus[1])
  expect(findGpu(state, 2)).toBeNull()
})

test('gpuOf finds the GPU of a plan, and throws for a plan of another machine', () => {
  const [gpu] = state.gpus
  if (gpu === undefined) throw new Error('no GPU')
  expect(gpuOf(state, { gpu: gpu.uuid })).toBe(gpu)
  expect(() => gpuOf(state, { gpu: 'GPU-other' })).toThrow(/GPU-other/)
})

test('countMigDevices counts by name, in the order of places', () => {
  const [first, bare] = state.gpus
  if (first === undefined || bare === undefined) throw new Error('no GPU')
  expect([...countMigDevices(first)]).toEqual([
    ['1g.5gb+me', 1],
    ['1g.5gb', 1],
    ['1c.3g.20gb', 2],
  ])
  expect(listPlacedDevices(first)).toHaveLength(4)
  expect([...countMigDevices(bare)]).toEqual([])
})

test('deepFreeze freezes nested data', () => {
  const value = deepFreeze({ list: [{ deep: { deeper: 1 } }] })
  expect(() => {
    Object.assign(value.list[0]?.deep ?? {}, { deeper: 2 })
  }).toThrow(TypeError)
  expect(() => (value.list as object[]).push({})).toThrow(TypeError)
})

test('formatIndexRanges writes ranges that mean the same indexes', () => {
  expect(formatIndexRanges([3, 0, 1, 2, 6])).toBe('0-3, 6')
  expect(formatIndexRanges([0, 1])).toBe('0, 1')
  expect(formatIndexRanges([4, 5, 6], '–')).toBe('4–6')
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat({ max: 30 })), (indexes) => {
      const read = formatIndexRanges(indexes)
        .split(', ')
        .filter((part) => part !== '')
        .flatMap((part) => {
          const [first = 0, last = first] = part.split('-').map(Number)
          return Array.from({ length: last - first + 1 }, (_, offset) => first + offset)
        })
      expect(read).toEqual(indexes.toSorted((a, b) => a - b))
    }),
  )
})

test('describeGpus describes a mixed machine by model', () => {
  const { gpus } = stateOf([{ key: 'a100-40gb', count: 2 }, { key: 'none' }, { key: 'a100-40gb' }])
  expect(describeGpus(gpus)).toBe(
    'GPU 0, 1, 3 (NVIDIA A100-SXM4-40GB, 0x20B010DE) and GPU 2 (Tesla T4, 0x1EB810DE)',
  )
})

test('findNearest suggests a similar name, and nothing for another word', () => {
  const names = ['all-1g.5gb', 'all-2g.10gb', 'all-balanced', 'all-disabled']
  expect(findNearest('all-ballanced', names)).toBe('all-balanced')
  expect(findNearest('ALL-DISABLED', names)).toBe('all-disabled')
  expect(findNearest('something', names)).toBeNull()
  expect(findNearest('x', [])).toBeNull()
})

test('groupBy keeps the order of first appearance', () => {
  expect([...groupBy([3, 1, 4, 1, 5, 9], (n) => n % 2)]).toEqual([
    [1, [3, 1, 1, 5, 9]],
    [0, [4]],
  ])
})
