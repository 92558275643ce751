// What an error says of a configuration that names GPUs which are lost, absent or without MIG.
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { selectConfig } from '../../../lib/config/document/select.js'
import { resolveConfig } from '../../../lib/config/resolve/resolve.js'
import { listCatalogGpus } from '../../../lib/model/catalog.js'
import type { WantedMachine } from '../../../lib/model/wanted.js'
import type { MigNvmlConfigEntry } from '../../../types/config/mig-nvml-config.js'
import type { AnyGpuState, MigState } from '../../../types/model/state.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

function resolve(
  state: MigState,
  ...entries: readonly MigNvmlConfigEntry[]
): WantedMachine<AnyGpuState> {
  const source = parseConfig({ version: 'mig-nvml/v1', 'mig-configs': { x: entries } })
  return resolveConfig(selectConfig(source), state)
}

type Devices = MigNvmlConfigEntry['devices']

const off = (devices: Devices, filter?: string): MigNvmlConfigEntry => ({
  ...(filter === undefined ? {} : { 'device-filter': filter }),
  devices,
  'mig-enabled': false,
})

const on = (devices: Devices, sizes: Readonly<Record<string, number>>): MigNvmlConfigEntry => ({
  devices,
  'mig-enabled': true,
  'mig-devices': sizes,
})

const uuidOf = (index: number): string => `GPU-00000000-0000-0000-0000-00000000000${index}`

describe('a lost GPU', () => {
  const full = stateOf([{ key: 'a100-40gb', count: 4 }])
  const state: MigState = {
    ...full,
    gpus: full.gpus.slice(0, 2),
    lostGpus: [
      { index: 2, uuid: `GPU-00000000-0000-0000-0000-000000000002` },
      { index: 3, uuid: null },
    ],
  }

  test.each([
    ['all GPUs', off('all'), /means GPU 2 \(GPU-0.*2\), GPU 3, which is lost/],
    ['its index', off([0, 3]), /means GPU 3, which is lost/],
    ['its UUID', off([uuidOf(2)]), /means GPU 2 \(GPU-0.*2\), which is lost/],
    ['an address that no other GPU has', off(['00000000:03:00.0']), /means GPU 2 .*, GPU 3, which/],
  ])('an entry that names a lost GPU by %s is refused', (_, entry, message) => {
    const error = migErrorOf(() => resolve(state, entry))
    expect(error.code).toBe('MIG_GPU_LOST')
    expect(error.message).toMatch(message)
    expect(error.issues?.[0]?.path).toEqual(['mig-configs', 'x', 0, 'devices'])
  })

  test.each([
    ['index', off([0, 1])],
    ['UUID', off([uuidOf(1)])],
    ['address', off(['00000000:01:00.0'])],
  ])('an entry that names other GPUs by %s is not refused for a lost one', (_, entry) => {
    expect(resolve(state, entry).gpus.length).toBeGreaterThan(0)
  })
})

describe('selectors', () => {
  const state = stateOf([{ key: 'a100-40gb', count: 12 }])

  test('a GPU is named by UUID and address in either case', () => {
    const [, , , , , , , , , , gpu] = state.gpus
    const named = {
      ...state,
      gpus: state.gpus.map((each) =>
        each === gpu ? { ...each, uuid: 'GPU-AbCdEf' as const } : each,
      ),
    }
    for (const device of ['GPU-ABCDEF', 'GPU-abcdef', '0000:0a:00.0', '0000:0A:00.0', '0A:00.0'])
      expect(resolve(named, off([device])).gpus.map(({ gpu: each }) => each.index)).toEqual([10])
  })

  test('a pattern may begin and end with wildcards, and one that has more than the name does not match', () => {
    const mixed = stateOf([{ key: 'a100-40gb' }, { key: 'a30-24gb' }])
    const indexesFor = (filter: string): readonly number[] =>
      resolve(mixed, off('all', filter)).gpus.map(({ gpu }) => gpu.index)
    expect(indexesFor('*A100*')).toEqual([0])
    expect(indexesFor('A100-SXM4-40GB*')).toEqual([0])
    expect(indexesFor('A100*SXM4*GB**')).toEqual([0])
    expect(indexesFor('A30**')).toEqual([1])
    expect(migErrorOf(() => indexesFor('A30?')).code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
    expect(migErrorOf(() => indexesFor('A100-SXM4-40GB*x')).code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
  })

  test('an entry whose filter and devices name different GPUs says which GPUs the filter is for', () => {
    const mixed = stateOf([{ key: 'a100-40gb', count: 2 }, { key: 'a30-24gb' }])
    const error = migErrorOf(() => resolve(mixed, off([2], 'A100*')))
    expect(error.code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
    expect(error.message).toMatch(
      /matches no GPU: its filter is for GPU 0, 1, and its devices name other GPUs/,
    )
  })

  test('an error of an entry says which GPUs the machine has', () => {
    const error = migErrorOf(() => resolve(state, off([13])))
    expect(error.message).toMatch(/is not for this machine, which has GPU 0-11 \(NVIDIA A100-SXM4/)
    expect(error.message).toContain('names GPU 13, which is not here')
  })

  test('an unknown model is named in the error', () => {
    const error = migErrorOf(() => resolve(state, off('all', 'A1OO')))
    expect(error.message).toContain('names an unknown GPU model, which no GPU here has: "A1OO"')
    expect(error.issues?.[0]?.path?.slice(0, 4)).toEqual(['mig-configs', 'x', 0, 'device-filter'])
  })
})

describe('entries for other machines', () => {
  const state = stateOf([{ key: 'a100-40gb' }])

  test('one entry for another machine is a warning that names it', () => {
    const { warnings } = resolve(state, off('all', 'H200'), off([0]))
    expect(warnings).toEqual([
      expect.stringMatching(/^mig-configs\.x\[0\].* matches no GPU of this/),
    ])
  })

  test('several entries for other machines are one warning with their numbers', () => {
    const { warnings } = resolve(
      state,
      off('all', 'H200'),
      off([0]),
      off('all', 'A30'),
      off('all', 'B200'),
    )
    expect(warnings).toEqual([
      expect.stringMatching(/^mig-configs\.x: entries 0, 2, 3 match no GPU of this machine$/),
    ])
  })
})

describe('GPUs that cannot do MIG', () => {
  const board = listCatalogGpus()
    .flatMap(({ key, products }) => products.map((product, at) => ({ key, product, at })))
    .find(({ product }) => product.shipsForGraphics)
  if (board === undefined) throw new Error('no board ships for graphics')
  /** A board in its graphics mode, and one that can never do MIG. */
  const graphics = stateOf([{ key: board.key, product: board.at }, { key: 'none' }])
  const state = {
    ...graphics,
    gpus: graphics.gpus.map((gpu) => ({ ...gpu, mig: null, geometry: null })),
  }

  test('the error for a board in its graphics mode names it and says how to change the mode', () => {
    const error = migErrorOf(() => resolve(state, on([0, 1], {})))
    expect(error.code).toBe('MIG_NOT_SUPPORTED')
    expect(error.hint).toMatch(/^GPU 0: this board does MIG only in the compute display mode/)
  })

  test('the error for a GPU that can never do MIG has no such hint', () => {
    const error = migErrorOf(() => resolve(state, on([1], {})))
    expect(error.code).toBe('MIG_NOT_SUPPORTED')
    expect(error.hint ?? '').not.toContain('display mode')
    const sameId = { ...state.gpus[1], pciDeviceId: state.gpus[0]?.pciDeviceId ?? 0 }
    const other = { ...state, gpus: [state.gpus[0], sameId] } as MigState
    expect(migErrorOf(() => resolve(other, on([1], {}))).hint ?? '').not.toContain('display mode')
  })

  test('entries that differ only about a GPU without MIG do not contradict each other', () => {
    const mixed = stateOf([{ key: 'a100-40gb' }, { key: 'none' }])
    expect(resolve(mixed, off([1]), on('all', { '1g.5gb': 7 })).gpus).toHaveLength(1)
    expect(migErrorOf(() => resolve(mixed, off([0]), on('all', { '1g.5gb': 7 }))).code).toBe(
      'MIG_CONFIG_CONFLICT',
    )
  })

  test('an entry for all GPUs of a machine without MIG is refused with the machine', () => {
    const plain = stateOf([{ key: 'none', count: 2 }])
    const error = migErrorOf(() => resolve(plain, on('all', {})))
    expect(error.code).toBe('MIG_NOT_SUPPORTED')
    expect(error.message).toMatch(/names only GPU 0-1|names only GPU 0, 1/)
  })
})

describe('entries that want the same', () => {
  const state = stateOf([{ key: 'a100-40gb' }])

  test('entries agree if they want the same sizes, in whatever order and however spelt', () => {
    const first = on('all', { '1g.5gb': 2, '3g.20gb': 1 })
    const { warnings } = resolve(state, first, on([0], { '3g.20gb': 1, '1g.5gb': 2, '2g.10gb': 0 }))
    expect(warnings).toEqual([])
    const list = [{ profile: '3g.20gb' }, { profile: '1g.5gb', count: 2 }]
    expect(resolve(state, first, { devices: [0], 'mig-devices': list }).warnings).toEqual([])
    const other = migErrorOf(() => resolve(state, first, on([0], { '1g.5gb': 1, '3g.20gb': 2 })))
    expect(other.code).toBe('MIG_CONFIG_CONFLICT')
  })
})
