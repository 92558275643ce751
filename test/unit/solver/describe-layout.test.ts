import { describe, expect, test } from 'vitest'
import { checkLayout, describeLayout, listLayouts } from '../../../lib/solver.js'
import type { LayoutCell } from '../../../types/solver/describe-layout.js'
import { place } from '../../support/devices.js'
import { geometryOf } from '../../support/geometry.js'
import { distinctGpus, layoutOf, spotsOf } from '../../support/naive-gpu.js'

const a100 = geometryOf('a100-40gb')

describe('a described layout', () => {
  const layout = [place(a100, '3g.20gb', 4, ['1@0', '1@2']), place(a100, '2g.10gb', 0)]
  const description = describeLayout(a100, layout)

  test('a described layout has the memory of each GPU instance at its place, and the free units', () => {
    expect(description.memory).toEqual([
      { start: 0, size: 2, kind: 'taken', instance: 1, profileName: '2g.10gb', memoryMiB: 9856 },
      { start: 2, size: 1, kind: 'free', instance: null, profileName: null, memoryMiB: null },
      { start: 3, size: 1, kind: 'free', instance: null, profileName: null, memoryMiB: null },
      { start: 4, size: 4, kind: 'taken', instance: 0, profileName: '3g.20gb', memoryMiB: 19_968 },
    ])
    expect(description.freeUnits).toEqual([2, 3])
  })

  test('a described layout has compute instances, the slices between them, and free slices', () => {
    expect(description.compute.map(({ start, name, kind }) => [start, kind, name])).toEqual([
      [0, 'taken', '2g.10gb'],
      [2, 'free', null],
      [3, 'free', null],
      [4, 'taken', '1c.3g.20gb'],
      [5, 'bare', null],
      [6, 'taken', '1c.3g.20gb'],
    ])
  })

  test('a described layout shows unused compute beside the memory of a GPU instance', () => {
    const { compute } = describeLayout(a100, [place(a100, '3g.20gb', 0)])
    expect(compute[1]).toMatchObject({ start: 3, size: 1, kind: 'unused', instance: 0 })
  })

  test('a described layout shows bare GPU instances, and those of unknown profiles', () => {
    const stray = { profileId: 99, placement: { start: 6, size: 2 }, computeInstances: [] }
    const { memory, compute } = describeLayout(a100, [place(a100, '4g.20gb', 0, []), stray])
    expect(memory[0]).toMatchObject({ kind: 'bare', profileName: '4g.20gb' })
    expect(compute[0]).toMatchObject({ kind: 'bare', size: 4, name: '4g.20gb' })
    expect(memory.at(-1)).toMatchObject({ start: 6, size: 2, profileName: null })
  })
})

test.each(distinctGpus)(
  'every layout of $key fills both rows without gap or overlap',
  ({ geometry }) => {
    const endsOf = (cells: readonly LayoutCell[]) => cells.map(({ start, size }) => start + size)
    for (const layout of listLayouts(geometry)) {
      expect(checkLayout(geometry, layout)).toEqual([])
      const { memory, compute, memoryUnits, computeSlices, unitsPerSlice } = describeLayout(
        geometry,
        layout,
      )
      for (const [cells, length] of [
        [memory, memoryUnits],
        [compute, computeSlices * unitsPerSlice],
      ] as const) {
        expect(cells.map(({ start }) => start)).toEqual([0, ...endsOf(cells).slice(0, -1)])
        expect(endsOf(cells).at(-1)).toBe(length)
      }
      const slices = compute.filter(({ kind }) => kind === 'taken')
      expect(slices.reduce((sum, { sliceCount }) => sum + sliceCount, 0)).toBe(
        layout.reduce((sum, { computeInstances: [full] }) => sum + (full?.sliceCount ?? 0), 0),
      )
    }
  },
)

test.each(distinctGpus)(
  '$key: a described layout has a free unit exactly where one more instance could be',
  (gpu) => {
    const { geometry, spots, units } = gpu
    const legal = new Set(gpu.sets)
    // Some hundred layouts, of any kind.
    const step = Math.ceil(gpu.sets.length / 300)
    for (const set of gpu.sets.filter((_, number) => number % step === 0)) {
      const { memory, compute, freeUnits, unitsPerSlice } = describeLayout(
        geometry,
        layoutOf(gpu, set),
      )
      const covers =
        (unit: number) =>
        ({ start, size }: { start: number; size: number }) =>
          start <= unit && unit < start + size
      const couldTake = spots.filter(
        (_, spot) => (set & (1 << spot)) === 0 && legal.has(set | (1 << spot)),
      )
      for (let unit = 0; unit < units; unit += 1) {
        const isTaken = spotsOf(gpu, set).some(covers(unit))
        const isUsable = couldTake.some(covers(unit))
        expect(memory.find(covers(unit))?.kind).toBe(
          isTaken ? 'taken' : isUsable ? 'free' : 'unusable',
        )
        expect(freeUnits.includes(unit)).toBe(!isTaken)
      }
      for (const { start, kind, instance } of compute.filter((cell) => cell.instance === null)) {
        const beside = Array.from({ length: unitsPerSlice }, (_, unit) => start + unit)
        const isUsable = beside.some((unit) => couldTake.some(covers(unit)))
        expect([kind, instance]).toEqual([isUsable ? 'free' : 'unusable', null])
      }
    }
  },
)

test('a described layout that the geometry does not know has all its other units free', () => {
  const stray = { profileId: 99, placement: { start: 0, size: 7 }, computeInstances: [] }
  expect(describeLayout(a100, [stray]).memory.at(-1)).toMatchObject({ start: 7, kind: 'free' })
})
