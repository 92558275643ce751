import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { selectConfig } from '../../../lib/config/document/select.js'
import { resolveConfig } from '../../../lib/config/resolve/resolve.js'
import type { ResolvedConfig } from '../../../lib/config/resolve/resolved.js'
import { computeInstanceName } from '../../../lib/model/profile-names.js'
import type { MigConfigEntry } from '../../../types/config.js'
import type { MigState } from '../../../types/state.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

function resolve(state: MigState, ...entries: readonly MigConfigEntry[]): ResolvedConfig {
  return resolveConfig(
    selectConfig(parseConfig({ version: 'v1', 'mig-configs': { x: entries } })),
    state,
  )
}

function resolveText(state: MigState, text: string): ResolvedConfig {
  return resolveConfig(selectConfig(parseConfig(text)), state)
}

const on = (
  devices: MigConfigEntry['devices'],
  sizes: Record<string, number>,
  filter?: string | string[],
): MigConfigEntry => ({
  ...(filter === undefined ? {} : { 'device-filter': filter }),
  devices,
  'mig-enabled': true,
  'mig-devices': sizes,
})
const off = (devices: MigConfigEntry['devices'], filter?: string): MigConfigEntry => ({
  ...(filter === undefined ? {} : { 'device-filter': filter }),
  devices,
  'mig-enabled': false,
})

/** Back to names, by the geometry alone. */
function namesOf({ gpus }: ResolvedConfig): object {
  return Object.fromEntries(
    gpus.map(({ gpu, geometry, migEnabled, wanted }) => {
      const sizes = wanted.map(({ profileId, sliceCount, count }) => {
        const profile = geometry?.profiles.find(({ id }) => id === profileId)
        if (profile === undefined) throw new Error(`No profile ${profileId}`)
        return [computeInstanceName(profile, sliceCount), count]
      })
      return [gpu.index, migEnabled ? Object.fromEntries(sizes) : 'off']
    }),
  )
}

const a100 = stateOf([{ key: 'a100-40gb' }])
const four = stateOf([{ key: 'a100-40gb', count: 4 }])

describe('sizes', () => {
  test('become profile ids of the GPU at hand, which differ between models', () => {
    const mixed = stateOf([{ key: 'a100-40gb' }, { key: 'a30-24gb' }])
    const { gpus } = resolve(mixed, on([0], { '1g.5gb': 7 }), on([1], { '1g.6gb': 4 }))
    expect(gpus.map(({ wanted }) => wanted)).toEqual([
      [{ profileId: 19, sliceCount: 1, count: 7 }],
      [{ profileId: 14, sliceCount: 1, count: 4 }],
    ])
  })

  test('of one name are different profiles on an A100 of 40 GB and one of 80 GB', () => {
    const mixed = stateOf([{ key: 'a100-40gb' }, { key: 'a100-80gb' }])
    const { gpus } = resolve(mixed, on('all', { '1g.10gb': 4 }))
    expect(gpus.map(({ wanted }) => wanted[0]?.profileId)).toEqual([15, 19])
  })

  test.each([
    ['the full compute instance by its long name', { '1c.1g.5gb': 7 }, { '1g.5gb': 7 }],
    ['two spellings of one size, which add up', { '1c.1g.5gb': 3, '1g.5gb': 4 }, { '1g.5gb': 7 }],
    ['a count of 0, which is nothing', { '1g.5gb': 7, '2g.10gb': 0 }, { '1g.5gb': 7 }],
    ['no sizes', {}, {}],
    [
      'parts of GPU instances',
      { '1c.3g.20gb': 2, '2c.3g.20gb': 2 },
      { '1c.3g.20gb': 2, '2c.3g.20gb': 2 },
    ],
    [
      'a full and a divided one',
      { '3g.20gb': 1, '1c.3g.20gb': 3 },
      { '3g.20gb': 1, '1c.3g.20gb': 3 },
    ],
    ['attributes', { '1g.5gb+me': 1, '1g.5gb': 6 }, { '1g.5gb+me': 1, '1g.5gb': 6 }],
    // Whether they fit is not asked here.
    ['more than fit', { '1g.5gb': 8 }, { '1g.5gb': 8 }],
  ])('may be %s', (_, sizes, expected) => {
    expect(namesOf(resolve(a100, on('all', sizes)))).toEqual({ 0: expected })
  })

  test('go by the names of the driver, or by those that NVIDIA computes', () => {
    const [gpu] = a100.gpus
    const renamed: MigState = {
      ...a100,
      gpus: a100.gpus.map((original) => ({
        ...original,
        // As drivers of R535 do.
        geometry: {
          profiles: (original.geometry?.profiles ?? []).map((profile) =>
            profile.name === '7g.40gb' ? { ...profile, name: '7g.39gb' } : profile,
          ),
        },
      })),
    }
    const id = gpu?.geometry?.profiles.find(({ name }) => name === '7g.40gb')?.id
    for (const name of ['7g.39gb', '7g.40gb']) {
      expect(resolve(renamed, on('all', { [name]: 1 })).gpus[0]?.wanted[0]?.profileId).toBe(id)
    }
  })

  test('come from the catalog while the driver is silent', () => {
    const silent = stateOf([{ key: 'a100-40gb', geometry: null }])
    const resolved = resolve(silent, on('all', { '1c.3g.20gb': 3 }))
    expect(namesOf(resolved)).toEqual({ 0: { '1c.3g.20gb': 3 } })
  })
})

describe('entries', () => {
  test('name GPUs by their index on the machine, also behind a filter', () => {
    const mixed = stateOf([{ key: 'a30-24gb' }, { key: 'a100-40gb', count: 2 }])
    const resolved = resolve(mixed, on([0, 1], { '1g.5gb': 7 }, '0x20B010DE'))
    expect(namesOf(resolved)).toEqual({ 1: { '1g.5gb': 7 } })
  })

  test('pass a GPU when one filter of several does', () => {
    const mixed = stateOf([
      { key: 'a100-40gb' },
      { key: 'a100-40gb', product: 1 },
      { key: 'a30-24gb' },
    ])
    const resolved = resolve(
      mixed,
      on('all', { '1g.5gb': 7 }, ['0x20b010de', '0x20F110DE', '0x233010DE']),
    )
    expect(namesOf(resolved)).toEqual({ 0: { '1g.5gb': 7 }, 1: { '1g.5gb': 7 } })
  })

  test('tell boards apart by the subsystem', () => {
    const boards = stateOf([
      { key: 'h100-80gb-sxm', pciSubsystemId: 0x16c010de },
      { key: 'h100-80gb-sxm', pciSubsystemId: 0x16c110de },
      { key: 'h100-80gb-sxm' },
    ])
    const resolved = resolve(boards, on('all', { '7g.80gb': 1 }, '0x233010DE:0x16C010DE'))
    expect(namesOf(resolved)).toEqual({ 0: { '7g.80gb': 1 } })
  })

  test('leave GPUs alone that none names', () => {
    expect(namesOf(resolve(four, off([3]), on([1], {})))).toEqual({ 1: {}, 3: 'off' })
  })

  test('may not ask for different things of one GPU', () => {
    const entries = [on('all', { '1g.5gb': 7 }), on([0, 2], { '3g.20gb': 2 })]
    const { code, issues } = migErrorOf(() => resolve(four, ...entries))
    expect(code).toBe('MIG_CONFIG_CONFLICT')
    expect(issues).toMatchObject([
      {
        path: ['mig-configs', 'x', 0],
        message: expect.stringMatching(/no effect on GPU 0, 2: entry 1/),
      },
    ])
  })

  test('may not disagree on the mode', () => {
    for (const entries of [
      [off('all'), on([0], { '3g.20gb': 2 })],
      [on([0], {}), off('all')],
      [off([0]), on([0], {}), on([0], {})],
    ]) {
      const { code, issues } = migErrorOf(() => resolve(four, ...entries))
      expect(code).toBe('MIG_CONFIG_CONFLICT')
      expect(issues?.[0]).toMatchObject({
        path: ['mig-configs', 'x', 1, 'mig-enabled'],
        message: expect.stringMatching(/GPU 0\b.*entry 0/),
      })
    }
  })

  test('may disagree on different GPUs', () => {
    const { warnings } = resolve(four, off([0, 1]), on([2, 3], { '7g.40gb': 1 }))
    expect(warnings).toEqual([])
  })

  test('for other machines are passed over, and told', () => {
    const { gpus, warnings } = resolve(
      a100,
      on('all', { '1g.6gb': 4 }, '0x20B710DE'),
      on('all', { '1g.5gb': 7 }, '0x20B010DE'),
    )
    expect(gpus).toHaveLength(1)
    expect(warnings).toEqual([expect.stringMatching(/x\[0\] matches no GPU/)])
  })
})

describe('a GPU that is not there', () => {
  test.each([
    ['the only index', [on([7], {})], [['mig-configs', 'x', 0, 'devices', 0]]],
    [
      'one index of several',
      [on([0, 9, -1], {})],
      [
        ['mig-configs', 'x', 0, 'devices', 1],
        ['mig-configs', 'x', 0, 'devices', 2],
      ],
    ],
    ['a filter, alone', [on('all', {}, '0x20B710DE')], [['mig-configs', 'x', 0]]],
    ['no index', [on([], {})], [['mig-configs', 'x', 0]]],
    ['a filter and an index', [on([7], {}, '0x20B010DE')], [['mig-configs', 'x', 0]]],
  ])('by %s', (_, entries, paths) => {
    const { code, issues, message } = migErrorOf(() => resolve(a100, ...entries))
    expect(code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
    expect(issues?.map(({ path }) => path)).toEqual(paths)
    expect(message).toContain('GPU 0 (NVIDIA A100-SXM4-40GB, 0x20B010DE)')
  })

  test('on a machine without any', () => {
    const { code, message } = migErrorOf(() => resolve(stateOf([]), off('all')))
    expect(code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
    expect(message).toContain('no GPU')
  })
})

describe('a GPU that cannot do MIG', () => {
  const mixed = stateOf([{ key: 'a100-40gb' }, { key: 'none' }])

  test('is not part of all', () => {
    const resolved = resolve(mixed, on('all', { '1g.5gb': 7 }))
    expect(namesOf(resolved)).toEqual({ 0: { '1g.5gb': 7 } })
    expect(resolved.warnings).toEqual([])
  })

  test('may be told to keep MIG off, as the DGX Station file does', () => {
    expect(
      namesOf(resolve(mixed, on('all', { '1g.5gb': 7 }, '0x20B010DE'), off([1], '0x1EB810DE'))),
    ).toEqual({ 0: { '1g.5gb': 7 } })
    expect(namesOf(resolve(mixed, off([1])))).toEqual({})
  })

  test('may not be told by its index to turn MIG on', () => {
    const { code, issues, message } = migErrorOf(() => resolve(mixed, on([0, 1], {})))
    expect(code).toBe('MIG_NOT_SUPPORTED')
    expect(issues?.map(({ path }) => path)).toEqual([['mig-configs', 'x', 0, 'devices', 1]])
    expect(message).toContain('Tesla T4')
  })

  test('may not be the only one when MIG shall be on', () => {
    const plain = stateOf([{ key: 'none', count: 2 }])
    expect(migErrorOf(() => resolve(plain, on('all', { '1g.5gb': 7 }))).code).toBe(
      'MIG_NOT_SUPPORTED',
    )
    expect(resolve(plain, off('all')).gpus).toEqual([])
  })
})

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
  ])('%s', (name) => {
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

  test('is reported with the names that the GPU has, and those with the same slices', () => {
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

  test('is reported with the parts that its GPU instance has', () => {
    const { message, hint } = migErrorOf(() => resolve(a100, on('all', { '3c.4g.20gb': 1 })))
    expect(hint).toBeUndefined()
    expect(message).toMatch(/4g\.20gb into 4g\.20gb, 1c\.4g\.20gb, 2c\.4g\.20gb/)
  })

  test('is reported with the nearest name when no slices are the same', () => {
    expect(migErrorOf(() => resolve(a100, on('all', { '1g.5gb+mee': 1 }))).hint).toContain(
      '1g.5gb+me',
    )
  })

  test('is reported for every entry, every size and every model, each with its line', () => {
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

describe('a geometry that nobody knows', () => {
  const unknown = stateOf([{ key: 'a100-40gb', geometry: null }])
  const state: MigState = {
    ...unknown,
    gpus: unknown.gpus.map((gpu) => ({ ...gpu, pciDeviceId: 0x999910de })),
  }

  test('stops what needs it', () => {
    const { code, issues, hint } = migErrorOf(() => resolve(state, on('all', { '1g.5gb': 7 })))
    expect(code).toBe('MIG_GEOMETRY_UNKNOWN')
    expect(issues?.[0]?.path).toEqual(['mig-configs', 'x', 0, 'mig-devices'])
    expect(hint).toContain('mig-devices: {}')
  })

  test('does not stop the mode', () => {
    expect(namesOf(resolve(state, on('all', {})))).toEqual({ 0: {} })
    expect(namesOf(resolve(state, off('all')))).toEqual({ 0: 'off' })
  })
})

test('places of entries are in warnings and errors of a text', () => {
  const text = `version: v1
mig-configs:
  x:
    - devices: all
      mig-enabled: true
      mig-devices: {}
      device-filter: "0x20B710DE"
    - {devices: [0], mig-enabled: true, mig-devices: {}}
`
  expect(resolveText(four, text).warnings).toEqual([expect.stringContaining('(line 4)')])
  const { issues } = migErrorOf(() => resolveText(four, text.replace('[0]', '[0, 5]')))
  expect(issues).toMatchObject([{ line: 8, column: 21 }])
})
