import { describe, expect, test } from 'vitest'
import { compareGpu } from '../../../lib/config/compare/compare.js'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { selectConfig } from '../../../lib/config/document/select.js'
import { resolveConfig } from '../../../lib/config/resolve/resolve.js'
import type { MigConfigEntry } from '../../../types/config/config.js'
import type { TargetComputeInstance, TargetGpuInstance } from '../../../types/machine/plan.js'
import { wantedOf } from '../../support/planning.js'
import { type GpuSpec, stateOf } from '../../support/state.js'

const sevens = [0, 1, 2, 3, 4, 5, 6].map((start) => `1g.5gb@${start}`)

function differences(
  sizes: Record<string, number> | 'off',
  spec: Omit<GpuSpec, 'key'>,
  before: Omit<GpuSpec, 'key'> = spec,
): readonly string[] {
  const entry: MigConfigEntry =
    sizes === 'off'
      ? { devices: 'all', 'mig-enabled': false }
      : { devices: 'all', 'mig-enabled': true, 'mig-devices': sizes }
  const config = selectConfig(parseConfig({ version: 'v1', 'mig-configs': { x: [entry] } }))
  const [gpu] = resolveConfig(config, stateOf([{ key: 'a100-40gb', ...before }])).gpus
  if (gpu === undefined) throw new Error('no GPU')
  return compareGpu(gpu, stateOf([{ key: 'a100-40gb', ...spec }]))
}

test.each<[string, Record<string, number> | 'off', Omit<GpuSpec, 'key'>]>([
  ['the same sizes', { '1g.5gb': 7 }, { instances: sevens }],
  ['the same sizes by other names', { '1c.1g.5gb': 7, '2g.10gb': 0 }, { instances: sevens }],
  ['the same sizes at other places', { '3g.20gb': 1 }, { instances: ['3g.20gb@0'] }],
  [
    'parts that share a GPU instance or not',
    { '1c.3g.20gb': 2 },
    { instances: ['3g.20gb@0:1c', '3g.20gb@4:1c'] },
  ],
  ['nothing, with MIG on', {}, { instances: [] }],
  ['MIG off', 'off', {}],
])('compareGpu finds no difference: %s', (_, sizes, spec) => {
  expect(differences(sizes, spec)).toEqual([])
})

test('compareGpu names sizes that are missing, too many or not wanted', () => {
  expect(
    differences(
      { '1g.5gb': 2, '2g.10gb': 1, '7g.40gb': 1 },
      { instances: [...sevens.slice(0, 3), '3g.20gb@4'] },
    ),
  ).toEqual([
    '1g.5gb: 3 present, 2 wanted',
    '2g.10gb: 0 present, 1 wanted',
    '7g.40gb: 0 present, 1 wanted',
    '3g.20gb: 1 present, 0 wanted',
  ])
})

test('compareGpu distinguishes the full compute instance from a part, and +me from plain', () => {
  expect(differences({ '3g.20gb': 1 }, { instances: ['3g.20gb@0:2c'] })).toEqual([
    '3g.20gb: 0 present, 1 wanted',
    '2c.3g.20gb: 1 present, 0 wanted',
  ])
  expect(differences({ '1g.5gb': 1 }, { instances: ['1g.5gb+me@0'] })).toHaveLength(2)
})

test('compareGpu reports a GPU instance without a compute instance', () => {
  expect(differences({}, { instances: ['4g.20gb@0:'] })).toEqual([
    expect.stringMatching(/GPU instance \d+ \(4g\.20gb at memory 0:4\) has no compute instance/),
  ])
})

test('compareGpu reports a wrong MIG mode, and a mode change that waits for a reset', () => {
  expect(differences({}, {})).toEqual(['MIG is off; wanted on'])
  expect(differences('off', { instances: [] })).toEqual(['MIG is on; wanted off'])
  expect(differences({}, { pending: true })).toEqual([
    'MIG is off, and on after the next GPU reset; wanted on',
  ])
  expect(differences({}, { instances: [], pending: false })).toEqual([
    'MIG is on, and off after the next GPU reset; wanted on',
  ])
})

test('compareGpu reports a GPU that is gone', () => {
  const config = selectConfig(
    parseConfig({
      version: 'v1',
      'mig-configs': { x: [{ devices: 'all', 'mig-enabled': false }] },
    }),
  )
  const [gpu] = resolveConfig(config, stateOf([{ key: 'a100-40gb' }])).gpus
  if (gpu === undefined) throw new Error('no GPU')
  expect(compareGpu(gpu, stateOf([]))).toEqual(['The GPU is gone'])
})

test('compareGpu reports a GPU that cannot do MIG', () => {
  const [gpu] = stateOf([{ key: 'a100-40gb' }]).gpus
  if (gpu === undefined) throw new Error('no GPU')
  const state = stateOf([{ key: 'a100-40gb' }])
  const plain = { ...state, gpus: [{ ...gpu, mig: null }] }
  expect(compareGpu(wantedOf(gpu), plain)).toEqual(['The GPU cannot do MIG'])
})

test('compareGpu compares the MIG mode alone when asked to', () => {
  const state = stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@0:', '1g.5gb@4'] }])
  const [gpu] = state.gpus
  if (gpu === undefined) throw new Error('no GPU')
  expect(compareGpu(wantedOf(gpu), state, [], true)).toEqual([])
  expect(compareGpu(wantedOf(gpu), state, [], false)).toHaveLength(2)
  expect(compareGpu(wantedOf(gpu, { migEnabled: false }), state, [], true)).toEqual([
    'MIG is on; wanted off',
  ])
})

describe('exact places', () => {
  const part = (start: number | null, sliceCount = 1): TargetComputeInstance => ({
    name: `${sliceCount}c.3g.20gb`,
    sliceCount,
    placement: start === null ? null : { start, size: sliceCount },
  })
  const wantedAt = (
    start: number,
    computeInstances: readonly TargetComputeInstance[],
  ): TargetGpuInstance => {
    const geometry = catalogGeometryOf('3g.20gb')
    return {
      profileId: geometry.id,
      profileName: '3g.20gb',
      placement: { start, size: 4 },
      computeInstances,
    }
  }
  const catalogGeometryOf = (name: string) => {
    const [gpu] = stateOf([{ key: 'a100-40gb' }]).gpus
    const profile = gpu?.geometry?.profiles.find((each) => each.name === name)
    if (profile === undefined) throw new Error(`no ${name}`)
    return profile
  }
  const compare = (instances: readonly string[], ...placements: readonly TargetGpuInstance[]) => {
    const state = stateOf([{ key: 'a100-40gb', instances }])
    const [gpu] = state.gpus
    if (gpu === undefined) throw new Error('no GPU')
    return compareGpu(wantedOf(gpu, { placements }), state)
  }

  test('compareGpu names instances that are missing, not wanted, or divided otherwise', () => {
    expect(compare(['3g.20gb@0:1c,1c,1c'], wantedAt(0, [part(0), part(1), part(2)]))).toEqual([])
    expect(compare(['3g.20gb@0'], wantedAt(4, [part(0)]))).toEqual([
      '3g.20gb at 4:4 is missing',
      '3g.20gb at 0:4 is not wanted',
    ])
    expect(compare(['3g.20gb@0:2c'], wantedAt(0, [part(0), part(1)]))).toEqual([
      '3g.20gb at 0:4 has 2c.3g.20gb from slice 0; wanted 1c.3g.20gb from slice 0, 1c.3g.20gb from slice 1',
    ])
    expect(compare(['3g.20gb@0:'], wantedAt(0, [part(null)]))).toEqual([
      '3g.20gb at 0:4 has no compute instance; wanted 1c.3g.20gb',
    ])
    expect(compare(['3g.20gb@0:1c'], wantedAt(0, []))).toEqual([
      '3g.20gb at 0:4 has 1c.3g.20gb from slice 0; wanted no compute instance',
    ])
  })

  test('compareGpu lets a compute instance without a wanted place have any, but each only one', () => {
    expect(compare(['3g.20gb@0:1c,1c'], wantedAt(0, [part(null), part(0)]))).toEqual([])
    expect(compare(['3g.20gb@0:1c,1c'], wantedAt(0, [part(null), part(null)]))).toEqual([])
    // Slices 0 and 1 are there; 2 is not.
    expect(compare(['3g.20gb@0:1c,1c'], wantedAt(0, [part(0), part(2)]))).toHaveLength(1)
    expect(compare(['3g.20gb@0:1c,2c'], wantedAt(0, [part(0), part(null)]))).toHaveLength(1)
  })
})
