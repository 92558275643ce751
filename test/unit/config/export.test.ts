import { describe, expect, test } from 'vitest'
import { compareGpu } from '../../../lib/config/compare/compare.js'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { selectConfig } from '../../../lib/config/document/select.js'
import { exportDocument } from '../../../lib/config/export/export.js'
import { formatConfigYaml } from '../../../lib/config/export/format.js'
import { resolveConfig } from '../../../lib/config/resolve/resolve.js'
import { catalogGeometry, findCatalogModel } from '../../../lib/model/catalog.js'
import { listPlacedDevices, seenDevice } from '../../../lib/model/state.js'
import type { AnyGpuState, MigState } from '../../../types/model/state.js'
import { migErrorOf } from '../../support/errors.js'
import fc from '../../support/property.js'
import { type GpuSpec, stateOf } from '../../support/state.js'

const X = '0x20B010DE'
const Y = '0x20B710DE'
const x7 = { key: 'a100-40gb', instances: [0, 1, 2, 3, 4, 5, 6].map((start) => `1g.5gb@${start}`) }
const xOff = { key: 'a100-40gb' }
const yEmpty = { key: 'a30-24gb', instances: [] }
const yOff = { key: 'a30-24gb' }
const seven = { 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } }
const empty = { 'mig-enabled': true, 'mig-devices': {} }
const disabled = { 'mig-enabled': false, 'mig-devices': {} }

function entriesOf(state: MigState): unknown {
  return exportDocument(state, 'current')['mig-configs']?.['current']
}

// The merge rules of mig-parted's export, on machines of one or two models.
describe('an export merges GPUs that are alike', () => {
  test.each<[string, readonly GpuSpec[], readonly object[]]>([
    ['one GPU', [x7], [{ devices: 'all', ...seven }]],
    ['one model, one state', [x7, x7], [{ devices: 'all', ...seven }]],
    [
      'one model, two states',
      [x7, xOff],
      [
        { devices: [0], ...seven },
        { devices: [1], ...disabled },
      ],
    ],
    ['two models, one state', [xOff, yOff], [{ devices: 'all', ...disabled }]],
    [
      'two models with a state each',
      [x7, yEmpty],
      [
        { 'device-filter': X, devices: 'all', ...seven },
        { 'device-filter': Y, devices: 'all', ...empty },
      ],
    ],
    [
      'two models with both states each',
      [{ ...xOff, migEnabled: true }, xOff, yEmpty, yOff],
      [
        { 'device-filter': [X, Y], devices: [0, 2], ...empty },
        { 'device-filter': [X, Y], devices: [1, 3], ...disabled },
      ],
    ],
  ])('an export has one entry for each kind of GPU: %s', (_, specs, entries) => {
    expect(entriesOf(stateOf(specs))).toEqual(entries)
  })

  test('an export writes a GPU that cannot do MIG as one with MIG off', () => {
    expect(entriesOf(stateOf([x7, { key: 'none' }]))).toEqual([
      { 'device-filter': X, devices: 'all', ...seven },
      { 'device-filter': '0x1EB810DE', devices: 'all', ...disabled },
    ])
  })
})

test('an export orders sizes by their slices', () => {
  const state = stateOf([
    { key: 'a100-40gb', instances: ['3g.20gb@4:2c,1c', '1g.5gb@2', '1g.10gb@0', '1g.5gb+me@3'] },
  ])
  const document = exportDocument(state, 'current')
  expect(Object.keys(document['mig-configs']?.['current']?.[0]?.['mig-devices'] ?? {})).toEqual([
    '1g.5gb',
    '1g.5gb+me',
    '1g.10gb',
    '1c.3g.20gb',
    '2c.3g.20gb',
  ])
})

test("exported YAML has the style of NVIDIA's files", () => {
  const state = stateOf([
    x7,
    { key: 'a30-24gb', instances: ['2g.12gb@0', '1g.6gb@2'] },
    { key: 'a30-24gb', instances: ['2g.12gb@0', '1g.6gb@2'] },
  ])
  expect(formatConfigYaml(exportDocument(state, 'on'))).toBe(`version: v1
mig-configs:
  "on":
    - device-filter: "0x20B010DE"
      devices: all
      mig-enabled: true
      mig-devices:
        "1g.5gb": 7
    - device-filter: "0x20B710DE"
      devices: all
      mig-enabled: true
      mig-devices:
        "1g.6gb": 1
        "2g.12gb": 1
`)
  expect(formatConfigYaml(exportDocument(stateOf([x7, xOff]), 'current'))).toContain(
    'devices: [0]\n',
  )
})

const models = ['a100-40gb', 'a30-24gb', 'h100-80gb-sxm', 'rtx-pro-6000-blackwell']

/** GPUs whose instances overlap nowhere; engines and maxima do not matter to a document. */
const gpuSpec: fc.Arbitrary<GpuSpec> = fc.constantFrom(...models).chain((key) => {
  const entry = findCatalogModel(key)
  const profiles = (entry === null ? null : catalogGeometry(entry))?.profiles ?? []
  const places = profiles.flatMap(({ name, placements, computeInstanceProfiles, sliceCount }) =>
    placements.flatMap((placement) => {
      const parts = (computeInstanceProfiles ?? [])
        .filter((profile) => profile.sliceCount < sliceCount)
        .map((profile) => `:${profile.sliceCount}c`)
      return ['', ...parts].map((split) => ({
        text: `${name}@${placement.start}${split}`,
        placement,
      }))
    }),
  )
  return fc.shuffledSubarray(places, { maxLength: 12 }).map((chosen) => {
    const taken = new Set<number>()
    const instances = chosen.filter(({ placement: { start, size } }) => {
      const units = Array.from({ length: size }, (_, offset) => start + offset)
      if (units.some((unit) => taken.has(unit))) return false
      for (const unit of units) taken.add(unit)
      return true
    })
    return instances.length === 0 && chosen.length === 0
      ? { key }
      : { key, instances: instances.map(({ text }) => text) }
  })
})

test('an export that is written, read and resolved again has no difference from the machine', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(gpuSpec, fc.constant({ key: 'none' } as const)), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.boolean(),
      (specs, asJson) => {
        const state = stateOf(specs)
        const document = exportDocument(state, 'current')
        const text = asJson ? JSON.stringify(document) : formatConfigYaml(document)
        expect(parseConfig(text).document).toEqual(document)
        const { gpus, warnings } = resolveConfig(selectConfig(parseConfig(text)), state)
        expect(warnings).toEqual([])
        expect(gpus.map(({ gpu }) => gpu.index)).toEqual(
          state.gpus.filter(({ mig }) => mig !== null).map(({ index }) => index),
        )
        for (const gpu of gpus) expect(compareGpu(gpu, state)).toEqual([])
      },
    ),
    { numRuns: 150 },
  )
})

test('an export without rights needs to see every MIG device with its size, and every GPU', () => {
  const state = stateOf([
    { key: 'a100-40gb', instances: ['3g.20gb@0', '1g.5gb@4'] },
    { key: 'none' },
  ])
  const exportOf = (fields: { readonly seesAllDevices?: boolean; readonly profileId?: null }) => {
    const gpus = state.gpus.map((gpu): AnyGpuState => {
      if (gpu.mig === null) return gpu
      const migDevices = listPlacedDevices(gpu)
        .map(seenDevice)
        .map((device) => ({ ...device, ...(fields.profileId === null ? { profileId: null } : {}) }))
      const { seesAllDevices = true } = fields
      return { ...gpu, gpuInstances: null, migDevices, seesAllDevices, lacks: 'mig/config' }
    })
    return exportDocument({ ...state, gpus }, 'x')
  }
  expect(exportOf({})).toEqual(exportDocument(state, 'x'))
  const hidden = migErrorOf(() => exportOf({ seesAllDevices: false }))
  expect(hidden.code).toBe('MIG_NO_PERMISSION')
  expect(hidden.message).toMatch(/^GPU 0: there may be more than this process sees/)
  const odd = migErrorOf(() => exportOf({ profileId: null }))
  expect(odd.code).toBe('MIG_NO_PERMISSION')
  expect(odd.message).toMatch(/^GPU 0: the size of a MIG device cannot be known/)
  const lost = { ...state, lostGpus: [{ index: 2, uuid: null }] }
  const error = migErrorOf(() => exportDocument(lost, 'x'))
  expect(error.code).toBe('MIG_GPU_LOST')
  expect(error.message).toContain('GPU 2 has fallen off the bus')
})
