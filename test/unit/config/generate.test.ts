import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { selectConfig } from '../../../lib/config/document/select.js'
import { formatConfigYaml } from '../../../lib/config/export/format.js'
import { generateDocument } from '../../../lib/config/export/generate.js'
import { resolveConfig } from '../../../lib/config/resolve/resolve.js'
import type { MigConfigEntry } from '../../../types/config/config.js'
import { migErrorOf } from '../../support/errors.js'
import { type GpuSpec, type PlainGpuSpec, stateOf } from '../../support/state.js'

function generate(
  ...specs: readonly (GpuSpec | PlainGpuSpec)[]
): Record<string, readonly MigConfigEntry[]> {
  return { ...generateDocument(stateOf(specs))['mig-configs'] }
}

/** By label: the count of its only device. */
function maxima(key: string): Record<string, number> {
  const configs = Object.entries(generate({ key }))
  return Object.fromEntries(
    configs.flatMap(([label, [entry]]) => {
      const devices = Object.entries(entry?.['mig-devices'] ?? {})
      return devices.length === 1 ? [[label, devices[0]?.[1] ?? 0]] : []
    }),
  )
}

// Every figure of this file is that of NVIDIA's tool for the model.
describe('generated configurations for each profile', () => {
  const eighty = {
    'all-1g.10gb': 7,
    'all-1g.10gb.me': 1,
    'all-1g.20gb': 4,
    'all-2g.20gb': 3,
    'all-3g.40gb': 2,
    'all-4g.40gb': 1,
    'all-7g.80gb': 1,
  }
  test.each([
    ['a100-80gb', eighty],
    ['h100-80gb-sxm', eighty],
    [
      'a30-24gb',
      {
        'all-1g.6gb': 4,
        'all-1g.6gb.me': 1,
        'all-2g.12gb': 2,
        'all-2g.12gb.me': 1,
        'all-4g.24gb': 1,
      },
    ],
    [
      'rtx-pro-6000-blackwell',
      {
        'all-1g.24gb': 4,
        'all-1g.24gb.me': 1,
        'all-1g.24gb.gfx': 4,
        'all-1g.24gb.me.all': 1,
        'all-1g.24gb-me': 4,
        'all-2g.48gb': 2,
        'all-2g.48gb.gfx': 2,
        'all-2g.48gb.me.all': 1,
        'all-2g.48gb-me': 2,
        'all-4g.96gb': 1,
        'all-4g.96gb.gfx': 1,
      },
    ],
  ])('each configuration of %s has as many devices as fit', (key, expected) => {
    expect(maxima(key)).toEqual(expected)
  })
})

test.each([
  ['a30-24gb', { '1g.6gb': 2, '2g.12gb': 1 }],
  ['a100-40gb', { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }],
  ['a100-80gb', { '1g.10gb': 2, '2g.20gb': 1, '3g.40gb': 1 }],
  ['h100-nvl-94gb', { '1g.12gb': 2, '2g.24gb': 1, '3g.47gb': 1 }],
  ['gh200-96gb', { '1g.12gb': 2, '2g.24gb': 1, '3g.48gb': 1 }],
  ['h200-141gb-sxm', { '1g.18gb': 2, '2g.35gb': 1, '3g.71gb': 1 }],
  ['b200-180gb', { '1g.23gb': 2, '2g.45gb': 1, '3g.90gb': 1 }],
  ['rtx-pro-6000-blackwell', { '1g.24gb': 2, '2g.48gb': 1 }],
])("all-balanced of %s is the mix of NVIDIA's tool", (key, devices) => {
  expect(generate({ key })['all-balanced']).toEqual([
    { devices: 'all', 'mig-enabled': true, 'mig-devices': devices },
  ])
})

test('all-balanced is absent without a plain profile of two slices, or on a GPU with only two slices', () => {
  const [whole] = stateOf([{ key: 'rtx-pro-6000-blackwell' }]).gpus
  const profiles = whole?.geometry?.profiles ?? []
  for (const kept of [
    profiles.filter(({ name }) => name !== '2g.48gb'),
    profiles.filter(({ sliceCount }) => sliceCount <= 2),
  ]) {
    expect(
      generate({ key: 'rtx-pro-6000-blackwell', geometry: { profiles: kept } }),
    ).not.toHaveProperty('all-balanced')
  }
})

describe('generated configurations of machines with several models', () => {
  test('generated configurations share an entry for models with the same maximum, but not in all-balanced', () => {
    const configs = generate({ key: 'h100-80gb-sxm' }, { key: 'a100-80gb' })
    expect(configs['all-1g.10gb']).toEqual([
      {
        'device-filter': ['0x20B210DE', '0x233010DE'],
        devices: 'all',
        'mig-enabled': true,
        'mig-devices': { '1g.10gb': 7 },
      },
    ])
    expect(configs['all-balanced']).toHaveLength(2)
  })

  test('a profile name with two maxima gives two entries', () => {
    const entries = generate({ key: 'a100-40gb' }, { key: 'a100-80gb' })['all-1g.10gb'] ?? []
    expect(
      entries.map((entry) => [entry['device-filter'], entry['mig-devices']?.['1g.10gb']]),
    ).toEqual([
      ['0x20B010DE', 4],
      ['0x20B210DE', 7],
    ])
  })

  test('no generated entry that turns MIG on names a GPU without MIG', () => {
    const configs = generate({ key: 'none' }, { key: 'a100-40gb' })
    for (const [label, entries] of Object.entries(configs)) {
      if (label === 'all-disabled') continue
      expect(entries.map((entry) => entry['device-filter'])).toEqual(['0x20B010DE'])
    }
  })
})

test('generated configurations are the same with MIG off and with a driver that reports no sizes', () => {
  const off = generate({ key: 'a100-40gb', migEnabled: false })
  expect(generate({ key: 'a100-40gb', geometry: null })).toEqual(off)
  expect(generate({ key: 'a100-40gb', instances: ['7g.40gb@0'] })).toEqual(off)
})

test('generating fails if no GPU can do MIG, a geometry is not known or a GPU is lost', () => {
  expect(migErrorOf(() => generate({ key: 'none' })).code).toBe('MIG_NOT_SUPPORTED')
  const state = stateOf([{ key: 'a100-40gb', geometry: null }])
  const gpus = state.gpus.map((gpu) => ({ ...gpu, pciDeviceId: 0x999910de }))
  expect(migErrorOf(() => generateDocument({ ...state, gpus })).code).toBe('MIG_GEOMETRY_UNKNOWN')
  const lostGpus = [{ index: 1, uuid: null }]
  expect(migErrorOf(() => generateDocument({ ...state, lostGpus })).code).toBe('MIG_GPU_LOST')
})

// The models of NVIDIA's default file.
const fleet = [
  ...['a30-24gb', 'a100-40gb', 'a100-80gb', 'h100-80gb-sxm', 'h100-nvl-94gb', 'h100-96gb'],
  ...['gh200-96gb', 'gh200-144gb', 'h200-141gb-sxm', 'b200-180gb', 'gb200-186gb', 'b300-269gb'],
  ...['gb300-278gb', 'rtx-pro-6000-blackwell'],
]

test('a file generated for a fleet fits every machine of the fleet', () => {
  const document = generateDocument(stateOf(fleet.map((key) => ({ key }))))
  const labels = Object.keys(document['mig-configs'] ?? {})
  expect(labels.length).toBeGreaterThan(70)
  const source = parseConfig(formatConfigYaml(document))
  expect(source.document).toEqual(document)
  for (const key of fleet) {
    const machine = stateOf([{ key, count: 2 }])
    const { gpus, warnings } = resolveConfig(selectConfig(source, 'all-balanced'), machine)
    expect(gpus.map(({ wanted }) => wanted.length)).toEqual([
      gpus[1]?.wanted.length,
      gpus[0]?.wanted.length,
    ])
    // One line, not one for each of the other models.
    expect(warnings).toEqual([expect.stringMatching(/match(es)? no GPU of this machine/)])
  }
})

test('generated configurations turn MIG off and on everywhere, and have one for each size and a mix', () => {
  const configs = generate({ key: 'a100-40gb' })
  expect(configs['all-disabled']).toEqual([{ devices: 'all', 'mig-enabled': false }])
  expect(configs['all-enabled']).toEqual([
    { devices: 'all', 'mig-enabled': true, 'mig-devices': {} },
  ])
  expect(Object.keys(configs)).toEqual([
    ...['all-disabled', 'all-enabled', 'all-1g.5gb', 'all-1g.5gb.me', 'all-1g.10gb'],
    ...['all-2g.10gb', 'all-3g.20gb', 'all-4g.20gb', 'all-7g.40gb', 'all-balanced'],
  ])
  expect(configs['all-balanced']).toEqual([
    {
      devices: 'all',
      'mig-enabled': true,
      'mig-devices': { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 },
    },
  ])
})
