import { describe, expect, test } from 'vitest'
import { migErrorOf } from '../../support/errors.js'
import { a100, namesOf, off, on, resolve } from '../../support/resolving.js'
import { stateOf } from '../../support/state.js'

describe('a GPU that does not exist', () => {
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
  ])(
    'an entry for a GPU that does not exist is refused with its place: %s',
    (_, entries, paths) => {
      const { code, issues, message } = migErrorOf(() => resolve(a100, ...entries))
      expect(code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
      expect(issues?.map(({ path }) => path)).toEqual(paths)
      expect(message).toContain('GPU 0 (NVIDIA A100-SXM4-40GB, 0x20B010DE)')
    },
  )

  test('the error says for which GPUs a filter is, if the devices of its entry are others', () => {
    const two = stateOf([{ key: 'a100-40gb' }, { key: 'a30-24gb' }])
    const messageOf = (...entries: Parameters<typeof resolve>[1][]): string =>
      migErrorOf(() => resolve(two, ...entries)).message
    expect(messageOf(on([1], {}, '0x20B010DE'))).toContain(
      'matches no GPU: its filter is for GPU 0, and its devices name other GPUs',
    )
    for (const entry of [on('all', {}, '0x233010DE'), on([], {})]) {
      expect(messageOf(entry)).toContain('matches no GPU')
      expect(messageOf(entry)).not.toContain('its filter is for')
    }
  })

  test('a configuration for a machine without GPUs is refused', () => {
    const { code, message } = migErrorOf(() => resolve(stateOf([]), off('all')))
    expect(code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
    expect(message).toContain('no GPU')
  })
})

describe('a GPU that cannot do MIG', () => {
  const mixed = stateOf([{ key: 'a100-40gb' }, { key: 'none' }])

  test('devices: all does not include a GPU that cannot do MIG', () => {
    const resolved = resolve(mixed, on('all', { '1g.5gb': 7 }))
    expect(namesOf(resolved)).toEqual({ 0: { '1g.5gb': 7 } })
    expect(resolved.warnings).toEqual([])
  })

  test('MIG off is accepted for a GPU that cannot do MIG, as the DGX Station file has it', () => {
    expect(
      namesOf(resolve(mixed, on('all', { '1g.5gb': 7 }, '0x20B010DE'), off([1], '0x1EB810DE'))),
    ).toEqual({ 0: { '1g.5gb': 7 } })
    expect(namesOf(resolve(mixed, off([1])))).toEqual({})
  })

  test('MIG on is refused for the index of a GPU that cannot do MIG', () => {
    const { code, issues, message } = migErrorOf(() => resolve(mixed, on([0, 1], {})))
    expect(code).toBe('MIG_NOT_SUPPORTED')
    expect(issues?.map(({ path }) => path)).toEqual([['mig-configs', 'x', 0, 'devices', 1]])
    expect(message).toContain('Tesla T4')
  })

  test('MIG on for all is refused if no GPU can do MIG', () => {
    const plain = stateOf([{ key: 'none', count: 2 }])
    expect(migErrorOf(() => resolve(plain, on('all', { '1g.5gb': 7 }))).code).toBe(
      'MIG_NOT_SUPPORTED',
    )
    expect(resolve(plain, off('all')).gpus).toEqual([])
  })
})
