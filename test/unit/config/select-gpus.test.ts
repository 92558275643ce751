import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { selectConfig } from '../../../lib/config/document/select.js'
import { resolveConfig } from '../../../lib/config/resolve/resolve.js'
import type { WantedMachine } from '../../../lib/model/wanted.js'
import type { MigNvmlConfigEntry } from '../../../types/config/mig-nvml-config.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

const state = stateOf([
  { key: 'a30-24gb' },
  { key: 'a100-40gb', count: 2 },
  { key: 'a100-40gb', product: 1 },
  { key: 'none' },
])

function resolve(...entries: readonly MigNvmlConfigEntry[]): WantedMachine<AnyGpuState> {
  const source = parseConfig({ version: 'mig-nvml/v1', 'mig-configs': { x: entries } })
  return resolveConfig(selectConfig(source), state)
}

function selected(selection: Partial<MigNvmlConfigEntry>): readonly number[] {
  const { gpus } = resolve({ devices: 'all', 'mig-enabled': false, ...selection })
  return gpus.map(({ gpu }) => gpu.index)
}

describe('selecting GPUs', () => {
  test.each<[string, Partial<MigNvmlConfigEntry>, readonly number[]]>([
    ['one index', { devices: 1 }, [1]],
    ['indexes', { devices: [0, 2] }, [0, 2]],
    ['UUID', { devices: 'GPU-00000000-0000-0000-0000-000000000002' }, [2]],
    ['PCI address as NVML writes it', { devices: '00000000:02:00.0' }, [2]],
    ['PCI address as lspci writes it, with a domain', { devices: ['0000:02:00.0'] }, [2]],
    [
      'PCI address as lspci writes it, without a domain',
      { devices: ['02:00.0', '03:00.0'] },
      [2, 3],
    ],
    ['a mix of them', { devices: [0, '03:00.0'] }, [0, 3]],
    ['name', { 'device-filter': 'NVIDIA A100-SXM4-40GB' }, [1, 2]],
    ['name, short and in another case', { 'device-filter': 'a100-sxm4-40gb' }, [1, 2]],
    ['pattern', { 'device-filter': 'A100-*' }, [1, 2, 3]],
    ['pattern with one open letter', { 'device-filter': 'A?0' }, [0]],
    ['PCI id or name', { 'device-filter': ['0x20B710DE', 'A100-PCIE-40GB'] }, [0, 3]],
    ['name and index', { 'device-filter': 'A100*', devices: [0, 1] }, [1]],
  ])('GPUs are selected by %s', (_, selection, indexes) => {
    expect(selected(selection)).toEqual(indexes)
  })

  test.each<[string, Partial<MigNvmlConfigEntry>, RegExp]>([
    ['a UUID', { devices: 'GPU-1' }, /names GPU-1, which is not here/],
    ['an address', { devices: ['0f:00.0'] }, /the GPU at 0f:00\.0, which is not here/],
    ['an unknown model', { 'device-filter': 'A100-SXM4-4OGB' }, /an unknown GPU model/],
    ['a pattern', { 'device-filter': 'V1*' }, /an unknown GPU model/],
  ])('%s that no GPU has is an error', (_, selection, message) => {
    const error = migErrorOf(() => selected(selection))
    expect(error.code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
    expect(error.message).toMatch(message)
  })

  test('a pattern of many wildcards is matched in no time', () => {
    const hostile = `${'*?'.repeat(40)}Z`
    const error = migErrorOf(() => selected({ 'device-filter': hostile }))
    expect(error.code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
    expect(selected({ 'device-filter': `${'*'.repeat(40)}40GB` })).toEqual([1, 2, 3])
  })

  test('an entry for a known model that is not here is for another machine', () => {
    const { gpus, warnings } = resolve(
      { 'device-filter': 'H200', devices: 'all', 'mig-enabled': false },
      { devices: [1], 'mig-enabled': false },
    )
    expect(gpus).toHaveLength(1)
    expect(warnings).toHaveLength(1)
  })
})

describe('a number of GPUs', () => {
  const wants = { 'mig-devices': { '1g.5gb': 7 } }

  test('an entry with count chooses from GPUs that no other entry names and that have the sizes', () => {
    const { gpus, groups } = resolve(
      { devices: [2], 'mig-enabled': false },
      { devices: 'all', count: 2, ...wants },
    )
    expect(gpus.map(({ gpu }) => gpu.index)).toEqual([2])
    expect(groups).toMatchObject([{ kind: 'choice', entry: 1, count: 2 }])
    expect(groups[0]?.gpus.map((each) => 'wanted' in each && each.gpu.index)).toEqual([1, 3])
  })

  test('devices: others selects the GPUs that no other entry names', () => {
    const { groups } = resolve(
      { devices: [1], 'mig-enabled': false },
      { devices: 'others', 'mig-enabled': true, 'mig-devices': {} },
    )
    expect(groups).toMatchObject([{ kind: 'choice', count: null, gpus: [{}, {}, {}] }])
  })

  test('a count larger than the number of GPUs is an error', () => {
    const error = migErrorOf(() => resolve({ devices: [1, 2], count: 3, ...wants }))
    expect(error.code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
    expect(error.issues?.[0]?.path).toEqual(['mig-configs', 'x', 0, 'count'])
    expect(error.message).toContain('asks for 3 GPUs, and only GPU 1, 2 is left')
  })

  test('a count is an error if too few GPUs have the size', () => {
    const error = migErrorOf(() => resolve({ devices: 'all', count: 4, ...wants }))
    expect(error.code).toBe('MIG_PROFILE_UNKNOWN')
  })
})
