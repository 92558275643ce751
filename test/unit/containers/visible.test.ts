import { describe, expect, test } from 'vitest'
import {
  listContainerDevices,
  parseGpusOption,
  parseVisibleDevices,
  resolveVisibleDevices,
} from '../../../lib/containers.js'
import type { ResolvedDevices, VisibleDialect } from '../../../types/containers/visible.js'
import type { MigState } from '../../../types/model/state.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

// GPU 0: MIG devices 0:0 (3g.20gb), 0:1 (1g.5gb) and 0:2 (1g.5gb+me); GPU 1: MIG off; GPU 2: MIG on, nothing there.
const state = stateOf([
  { key: 'a100-40gb', instances: ['3g.20gb@4', '1g.5gb@0', '1g.5gb+me@1'] },
  { key: 'a100-40gb' },
  { key: 'a100-40gb', migEnabled: true },
])
const [gpu0, gpu1] = state.gpus
const uuid = gpu0?.gpuInstances.find(({ id }) => id === 7)?.computeInstances[0]?.uuid
const legacyUuid = `MIG-${gpu0?.uuid}/7/0`

describe('parseVisibleDevices', () => {
  test.each([
    [undefined, 'void'],
    ['', 'void'],
    [' , ', 'void'],
    ['void', 'void'],
    ['0,void', 'void'],
    ['all,void', 'void'],
    ['none', 'none'],
    ['0,none', 'none'],
    ['all', 'all'],
    ['0,all', 'all'],
    ['none,all', 'none'],
  ])('parseVisibleDevices reads %s as %s', (text, kind) => {
    expect(parseVisibleDevices(text)).toEqual({ kind })
  })

  test('parseVisibleDevices keeps the words of a list without blanks and empty words', () => {
    expect(parseVisibleDevices(' 0:1,,GPU-x , 3')).toEqual({
      kind: 'list',
      words: ['0:1', 'GPU-x', '3'],
    })
  })
})

// Each form of a device, and what each dialect makes of it. Null: it names no device there.
const forms: readonly [string, Record<VisibleDialect, readonly string[] | null>][] = [
  ['1', { cdi: ['1'], legacy: ['1'] }],
  ['0:1', { cdi: ['0:1'], legacy: ['0:1'] }],
  ['0:1,1', { cdi: ['0:1', '1'], legacy: ['0:1', '1'] }],
  ['0:1,0:1', { cdi: ['0:1'], legacy: ['0:1'] }],
  [`${gpu1?.uuid}`, { cdi: ['1'], legacy: ['1'] }],
  [`${gpu1?.uuid.toLowerCase()}`, { cdi: null, legacy: ['1'] }],
  [`${uuid}`, { cdi: ['0:1'], legacy: ['0:1'] }],
  [`${uuid?.toLowerCase()}`, { cdi: null, legacy: ['0:1'] }],
  [legacyUuid, { cdi: ['0:1'], legacy: ['0:1'] }],
  [`${gpu1?.pciBusId}`, { cdi: null, legacy: ['1'] }],
  ['0:1:0.0', { cdi: null, legacy: ['1'] }],
  ['0000:01:00.0', { cdi: null, legacy: ['1'] }],
  ['nvidia.com/gpu=0:1', { cdi: ['0:1'], legacy: null }],
  ['nvidia.com/gpu=mig0:1', { cdi: ['0:1'], legacy: null }],
  [`nvidia.com/gpu=${uuid}`, { cdi: ['0:1'], legacy: null }],
  ['nvidia.com/gpu=all', { cdi: ['1', '0:0', '0:1', '0:2'], legacy: null }],
  ['nvidia.com/gpu=none', { cdi: [], legacy: null }],
  ['nvidia.com/gpu=0', { cdi: null, legacy: null }],
  ['runtime.nvidia.com/gpu=0', { cdi: ['0'], legacy: null }],
  [`nvidia.com/gpu=${legacyUuid}`, { cdi: null, legacy: null }],
  ['vendor.com/gpu=0:1', { cdi: null, legacy: null }],
  ['all', { cdi: ['1', '0:0', '0:1', '0:2'], legacy: ['0', '1', '2', '0:0', '0:1', '0:2'] }],
  ['ALL', { cdi: null, legacy: ['0', '1', '2', '0:0', '0:1', '0:2'] }],
  ['001', { cdi: ['1'], legacy: ['1'] }],
  ['0:1 and more', { cdi: null, legacy: ['0:1'] }],
  ['0:3', { cdi: null, legacy: null }],
  ['3', { cdi: null, legacy: null }],
  ['1:0', { cdi: null, legacy: null }],
  ['-1', { cdi: null, legacy: null }],
  ['1g.5gb+me', { cdi: null, legacy: null }],
]

describe.each(['cdi', 'legacy'] as const)('resolveVisibleDevices in the dialect %s', (dialect) => {
  test.each(forms)(`the ${dialect} runtime reads %s as it should`, (text, expected) => {
    const indexes = expected[dialect]
    if (indexes !== null) expect(indexesOf(resolve(text, state, dialect))).toEqual(indexes)
    else expect(migErrorOf(() => resolve(text, state, dialect)).code).toBe('MIG_DEVICE_NOT_FOUND')
  })

  test(`void and none are no devices, whatever the machine has (${dialect})`, () => {
    expect(resolve('void', state, dialect)).toMatchObject({ kind: 'void', devices: [] })
    expect(resolve('none', state, dialect)).toMatchObject({ kind: 'none', devices: [] })
  })

  test(`a whole GPU with MIG on is a device with a warning (${dialect})`, () => {
    const { devices, warnings } = resolve('0', state, dialect)
    expect(devices).toMatchObject([{ kind: 'gpu', gpuIndex: 0 }])
    expect(warnings.join()).toContain('MIG on')
  })
})

describe('holes among the indexes of MIG devices', () => {
  // As a session of NVML may number them while another process destroys what was 0:1.
  const withHole: MigState = {
    ...state,
    gpus: state.gpus.map((gpu) => ({
      ...gpu,
      gpuInstances: gpu.gpuInstances.map((instance, position) => ({
        ...instance,
        computeInstances: instance.computeInstances.map((compute) => ({
          ...compute,
          migIndex: [2, 0, 3][position] ?? 0,
        })),
      })),
    })),
  }

  test('devices are listed in the order of their indexes', () => {
    expect(listContainerDevices(withHole).map(({ names }) => names.index)).toEqual([
      ...['0:0', '0:2', '0:3', '1'],
    ])
  })

  test('the CDI runtime sees the devices behind a hole under their indexes', () => {
    expect(indexesOf(resolve('0:0,0:2,0:3', withHole, 'cdi'))).toEqual(['0:0', '0:2', '0:3'])
    expect(migErrorOf(() => resolve('0:1', withHole, 'cdi')).message).toContain('0:0, 0:2, 0:3')
  })

  test('the legacy runtime sees no device behind a hole, not even by its UUID', () => {
    expect(indexesOf(resolve('0:0', withHole, 'legacy'))).toEqual(['0:0'])
    expect(migErrorOf(() => resolve('0:2', withHole, 'legacy')).message).toContain(
      'GPU 0 with 0:0,',
    )
    expect(() => resolve(legacyUuid, withHole, 'legacy')).toThrow()
  })
})

describe('what an error says', () => {
  test('a word that is there twice has one problem, and places are those of the text', () => {
    const { message, issues } = migErrorOf(() => resolveVisibleDevices('77,77,78', state))
    expect(message.match(/"77"/g)).toHaveLength(1)
    expect(issues?.map(({ path }) => path)).toEqual([[0], [2]])
  })

  test('an error has every word that names no device, and what there is', () => {
    const error = migErrorOf(() => resolve('9,0:1,0:7', state, 'cdi'))
    expect(error.message).toContain('"9"')
    expect(error.message).toContain('"0:7"')
    expect(error.message).not.toContain('"0:1"')
    expect(error.message).toContain('GPU 0 with 0:0 to 0:2, GPU 1, GPU 2 without MIG devices')
    expect(error.issues?.map(({ path }) => path)).toEqual([[0], [2]])
  })

  test.each([
    [`nvidia.com/gpu=${legacyUuid}`, `${uuid}`],
    ['1:0', 'write 1'],
    ['0000:01:00.0', 'write 1'],
    [`${gpu1?.uuid.toLowerCase()}`, `write ${gpu1?.uuid}`],
    ['MIG0:1', 'write mig0:1'],
    ['MIG-00000000-0000-0000-0000-000000000000', 'created again'],
    ['1g.5gb+me', '0:2'],
    ['nvidia.com/gpu=1g.5gb+me', '0:2'],
  ])('for %s, the error has the name to use instead', (text, hint) => {
    expect(migErrorOf(() => resolve(text, state, 'cdi')).hint).toContain(hint)
  })

  test('on a machine without GPUs, the error says so', () => {
    expect(migErrorOf(() => resolve('0', stateOf([]), 'cdi')).message).toContain('no GPU')
  })

  test('the legacy runtime reads 0:1x as 0:1, and a warning says so', () => {
    expect(resolve('0:1x', state, 'legacy').warnings).toEqual(['0:1x is read as 0:1'])
  })
})

describe('parseGpusOption', () => {
  test.each([
    ['all', 'all'],
    ['2', '0,1'],
    ['count=2', '0,1'],
    ['-1', 'all'],
    ['device=0', '0'],
    ['"device=0:0,0:1"', '0:0,0:1'],
    ['driver=nvidia,"device=0:0,1"', '0:0,1'],
    ['"device=0","capabilities=compute,utility"', '0'],
    ['capabilities=compute', '0'],
  ])('docker run --gpus %s stands for NVIDIA_VISIBLE_DEVICES=%s', (value, text) => {
    expect(parseGpusOption(value)).toBe(text)
  })

  test.each(['device=0,1', 'gpus=all', 'many', '"device=0', 'count=1,2'])(
    'docker run --gpus %s is refused, as by Docker',
    (value) => {
      expect(migErrorOf(() => parseGpusOption(value)).code).toBe('MIG_DEVICE_NOT_FOUND')
    },
  )

  test('for devices without quotes, the error shows the option with quotes', () => {
    expect(migErrorOf(() => parseGpusOption('device=0:0,0:1')).hint).toContain(
      `--gpus '"device=0:0,0:1"'`,
    )
  })
})

function resolve(text: string, on: MigState, dialect: VisibleDialect): ResolvedDevices {
  return resolveVisibleDevices(text, on, { dialect })
}

function indexesOf({ devices }: ResolvedDevices): readonly string[] {
  return devices.map(({ names }) => names.index)
}
