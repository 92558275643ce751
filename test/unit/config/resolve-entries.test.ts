import { describe, expect, test } from 'vitest'
import { migErrorOf } from '../../support/errors.js'
import { a100, four, namesOf, off, on, resolve, resolveText } from '../../support/resolving.js'
import { stateOf } from '../../support/state.js'

describe('entries', () => {
  test('entries name GPUs by their index on the machine, also with a filter', () => {
    const mixed = stateOf([{ key: 'a30-24gb' }, { key: 'a100-40gb', count: 2 }])
    const resolved = resolve(mixed, on([0, 1], { '1g.5gb': 7 }, '0x20B010DE'))
    expect(namesOf(resolved)).toEqual({ 1: { '1g.5gb': 7 } })
  })

  test('an entry selects a GPU if one of its filters matches', () => {
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

  test('a filter with a subsystem distinguishes boards', () => {
    const boards = stateOf([
      { key: 'h100-80gb-sxm', pciSubsystemId: 0x16c010de },
      { key: 'h100-80gb-sxm', pciSubsystemId: 0x16c110de },
      { key: 'h100-80gb-sxm' },
    ])
    const resolved = resolve(boards, on('all', { '7g.80gb': 1 }, '0x233010DE:0x16C010DE'))
    expect(namesOf(resolved)).toEqual({ 0: { '7g.80gb': 1 } })
  })

  test('GPUs that no entry names are left alone', () => {
    expect(namesOf(resolve(four, off([3]), on([1], {})))).toEqual({ 1: {}, 3: 'off' })
  })

  test('entries that ask for different things on one GPU are a conflict', () => {
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

  test('entries that disagree on the mode of one GPU are a conflict', () => {
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

  test('entries may disagree on different GPUs', () => {
    const { warnings } = resolve(four, off([0, 1]), on([2, 3], { '7g.40gb': 1 }))
    expect(warnings).toEqual([])
  })

  test('entries for other machines are skipped with a warning', () => {
    const { gpus, warnings } = resolve(
      a100,
      on('all', { '1g.6gb': 4 }, '0x20B710DE'),
      on('all', { '1g.5gb': 7 }, '0x20B010DE'),
    )
    expect(gpus).toHaveLength(1)
    expect(warnings).toEqual([expect.stringMatching(/x\[0\] matches no GPU/)])
  })
})

test('warnings and errors of a text have the places of entries', () => {
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
