import { describe, expect, test } from 'vitest'
import type { MigState } from '../../../types/model/state.js'
import { migErrorOf } from '../../support/errors.js'
import { a100, four, namesOf, off, on, resolve, resolveText } from '../../support/resolving.js'
import { stateOf } from '../../support/state.js'

describe('a size that a GPU does not have', () => {
  test.each([
    ['0g.0gb'],
    ['10000g.500000gb'],
    ['2g.20gb'],
    ['9g.99gb'],
    ['9c.1g.5gb'],
    ['2c.1g.5gb'],
    ['3c.4g.20gb'],
    ['1g.5gb+ME'],
    ['1g.5gb+me,gfx'],
    ['1g.5gb+me,you,them'],
    ['1g.5gb-me'],
    ['1g.10gb+me'],
  ])('the unknown size %s is refused with its place', (name) => {
    for (const count of [0, 1]) {
      const { code, issues } = migErrorOf(() =>
        resolve(a100, on('all', { [name]: count, '1g.5gb': 2 })),
      )
      expect(code).toBe('MIG_PROFILE_UNKNOWN')
      expect(issues?.map(({ path }) => path)).toEqual([
        ['mig-configs', 'x', 0, 'mig-devices', name],
      ])
    }
  })

  test('the error for an unknown size lists the sizes of the GPU and suggests those with the same slices', () => {
    const { message, hint } = migErrorOf(() => resolve(four, on('all', { '2g.20gb': 3 })))
    for (const name of [
      '1g.5gb',
      '1g.5gb+me',
      '1g.10gb',
      '2g.10gb',
      '3g.20gb',
      '4g.20gb',
      '7g.40gb',
    ]) {
      expect(message).toContain(name)
    }
    expect(message).toContain('GPU 0-3')
    expect(hint).toContain('2g.10gb')
    expect(hint).not.toContain('3g.20gb')
  })

  test('the error for an unknown part lists the parts of its GPU instance', () => {
    const { message, hint } = migErrorOf(() => resolve(a100, on('all', { '3c.4g.20gb': 1 })))
    expect(hint).toBeUndefined()
    expect(message).toMatch(/4g\.20gb into 4g\.20gb, 1c\.4g\.20gb, 2c\.4g\.20gb/)
  })

  test('the error for an unknown size suggests the nearest name if none has the same slices', () => {
    expect(migErrorOf(() => resolve(a100, on('all', { '1g.5gb+mee': 1 }))).hint).toContain(
      '1g.5gb+me',
    )
  })

  test('unknown sizes are reported for every entry, size and model, each with its line', () => {
    const text = `version: v1
mig-configs:
  x:
    - devices: [0, 1]
      mig-enabled: true
      mig-devices:
        "1g.6gb": 1
        "9g.9gb": 1
    - devices: [2]
      mig-enabled: true
      mig-devices: {8g.8gb: 0, 1g.10gb: 1}
`
    const mixed = stateOf([{ key: 'a100-40gb' }, { key: 'a30-24gb' }, { key: 'a100-80gb' }])
    const { issues } = migErrorOf(() => resolveText(mixed, text))
    expect(issues?.map(({ line, column }) => [line, column])).toEqual([
      [7, 9],
      [8, 9],
      [8, 9],
      [11, 21],
    ])
  })
})

describe('an unknown geometry', () => {
  const unknown = stateOf([{ key: 'a100-40gb', geometry: null }])
  const state: MigState = {
    ...unknown,
    gpus: unknown.gpus.map((gpu) => ({ ...gpu, pciDeviceId: 0x999910de })),
  }

  test('devices are refused on a GPU of unknown geometry', () => {
    const { code, issues } = migErrorOf(() => resolve(state, on('all', { '1g.5gb': 7 })))
    expect(code).toBe('MIG_GEOMETRY_UNKNOWN')
    expect(issues?.[0]?.path).toEqual(['mig-configs', 'x', 0, 'mig-devices'])
    expect(issues?.[0]?.message).toMatch(/, and the catalog lacks this model$/)
  })

  test.each([
    {
      driver: '535.104.05',
      on: false,
      why: /: this driver \(535\.104\.05\) reports the sizes only with/,
    },
    {
      driver: '535.104.05',
      on: true,
      why: /: the driver reports no sizes, though MIG mode is on, and/,
    },
    { driver: '580.65.06', on: false, why: /: the driver reports no sizes, and/ },
  ])(
    'the error for an unknown geometry says why: driver $driver, MIG on: $on',
    ({ driver, on: enabled, why }) => {
      const gpus = state.gpus.map((gpu) => ({ ...gpu, mig: { enabled, pending: enabled } }))
      const { message, hint } = migErrorOf(() =>
        resolve({ ...state, driverVersion: driver, gpus }, on('all', { '1g.5gb': 7 })),
      )
      expect(message).toMatch(why)
      // Turning MIG on helps only if the driver reports sizes then.
      if (driver === '535.104.05' && !enabled) expect(hint).toMatch(/^Turn MIG mode on first/)
      else expect(hint).toBeUndefined()
    },
  )

  test('MIG on without devices, and MIG off, work with an unknown geometry', () => {
    expect(namesOf(resolve(state, on('all', {})))).toEqual({ 0: {} })
    expect(namesOf(resolve(state, off('all')))).toEqual({ 0: 'off' })
  })

  test.each([
    [196608, 'MIG_GEOMETRY_UNKNOWN'],
    // What a driver of that board reports, with and without ECC and its own memory.
    [81559, null],
    [78000, null],
    // The memory may be hidden.
    [null, null],
  ])(
    'the catalog serves a GPU with the PCI id of an 80 GB H100 only if its memory fits: %s MiB',
    (memoryMiB, code) => {
      const [gpu] = stateOf([{ key: 'h100-80gb-sxm', geometry: null }]).gpus
      const machine = { ...state, gpus: gpu === undefined ? [] : [{ ...gpu, memoryMiB }] }
      const plan = (): unknown => namesOf(resolve(machine, on('all', { '1g.10gb': 7 })))
      if (code === null) {
        expect(plan()).toEqual({ 0: { '1g.10gb': 7 } })
        return
      }
      const error = migErrorOf(plan)
      expect(error.code).toBe(code)
      expect(error.message).toMatch(
        /its PCI id is that of NVIDIA H100 80GB HBM3 with 81559 MiB, while it has 196608 MiB$/,
      )
    },
  )
})

test('GPUs of which nobody knows the sizes are refused by model and reason, with a hint where MIG mode would help', () => {
  const [known, first, second, third] = stateOf([
    { key: 'a100-40gb' },
    { key: 'a30-24gb', migEnabled: false },
    { key: 'a30-24gb', migEnabled: false },
    { key: 'a30-24gb', instances: [] },
  ]).gpus
  if (!known || !first || !second || !third) throw new Error('four GPUs')
  const nameless = { name: 'GPU of next year', pciDeviceId: 0x999910de, geometry: null }
  const machine = (driverVersion: string): MigState => ({
    driverVersion,
    lostGpus: [],
    gpus: [known, { ...first, ...nameless }, { ...second, ...nameless }, { ...third, ...nameless }],
  })
  const errorOn = (driverVersion: string, ...entries: Parameters<typeof resolve>[1][]) =>
    migErrorOf(() => resolve(machine(driverVersion), ...entries))
  const wants = on('all', { '1g.5gb': 1 })

  const old = errorOn('535.54.03', wants)
  expect(old.code).toBe('MIG_GEOMETRY_UNKNOWN')
  expect(old.issues?.map(({ path }) => path.at(-1))).toEqual(['mig-devices', 'mig-devices'])
  const messages = old.issues?.map(({ message }) => message) ?? []
  expect(messages[0]).toMatch(/^concerns GPU 1, 2 .*reports the sizes only with MIG mode on/)
  expect(messages[1]).toMatch(/^concerns GPU 3 .*though MIG mode is on/)
  expect(old.hint).toMatch(/^Turn MIG mode on first/)

  // A newer driver reports sizes with MIG off, too.
  const since = errorOn('580.65.06', wants)
  expect(since.issues?.[0]?.message).not.toContain('only with MIG mode on')
  expect(since.hint).toBeUndefined()
  expect(errorOn('535.54.03', on([3], { '1g.5gb': 1 })).hint).toBeUndefined()

  // What asks for nothing needs no sizes.
  expect(
    resolve(machine('535.54.03'), on([1, 2, 3], {}), on([0], { '1g.5gb': 1 })).gpus,
  ).toHaveLength(4)
})
