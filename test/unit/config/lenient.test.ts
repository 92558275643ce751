import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../../lib/config/document/parse.js'
import { selectConfig } from '../../../lib/config/document/select.js'
import { resolveConfig } from '../../../lib/config/resolve/resolve.js'
import type { WantedMachine } from '../../../lib/model/wanted.js'
import type { MigConfigInput } from '../../../types/config/config.js'
import type { MigCode } from '../../../types/model/errors.js'
import type { AnyGpuState, MigState } from '../../../types/model/state.js'
import { migErrorOf } from '../../support/errors.js'
import { stateOf } from '../../support/state.js'

function read(
  state: MigState,
  input: MigConfigInput,
  matching: 'strict' | 'lenient',
): WantedMachine<AnyGpuState> {
  return resolveConfig(selectConfig(parseConfig(input, { matching })), state)
}

const one = stateOf([{ key: 'a100-40gb' }])
const entries = (...lines: readonly string[]): string =>
  `version: v1\nmig-configs:\n  x:\n${lines.map((line) => `    - {${line}}\n`).join('')}`
const seven = 'mig-enabled: true, mig-devices: {1g.5gb: 7}'

/** What NVIDIA's tool accepts is refused, or done as NVIDIA's tool does it, with a warning. */
describe('what strict refuses and lenient accepts', () => {
  test.each<[string, MigCode, string, Record<number, number>, RegExp]>([
    [
      'equal keys, of which the last counts',
      'MIG_CONFIG_INVALID',
      entries(`devices: all, mig-enabled: true, mig-devices: {1g.5gb: 2, 1g.5gb: 7}`),
      { 0: 7 },
      /last of two equal keys counts: "1g.5gb" already appears at line 4, column 55, .* \(line 4, column 66\)/,
    ],
    [
      'several documents, of which the first counts',
      'MIG_CONFIG_INVALID',
      `${entries(`devices: all, ${seven}`)}---\nversion: v2\n`,
      { 0: 7 },
      /Only the first of several documents counts/,
    ],
    [
      'a filter that is no PCI id',
      'MIG_CONFIG_INVALID',
      entries(`device-filter: A100-SXM4-40GB, devices: all, ${seven}`),
      {},
      /names a model/,
    ],
    [
      'an index that is not here',
      'MIG_ENTRY_MATCHES_NO_GPU',
      entries(`devices: [0, 7], ${seven}`),
      { 0: 7 },
      /names GPU 7, which is not here/,
    ],
    [
      'an empty list of indexes beside other entries',
      'MIG_ENTRY_MATCHES_NO_GPU',
      entries(`devices: [], ${seven}`, `devices: [0], ${seven}`),
      { 0: 7 },
      /x\[0\] matches no GPU/,
    ],
    [
      'indexes that the filter does not let pass',
      'MIG_ENTRY_MATCHES_NO_GPU',
      entries(`devices: [7], device-filter: "0x20B010DE", ${seven}`, `devices: [0], ${seven}`),
      { 0: 7 },
      /its filter is for GPU 0, and its devices name other GPUs/,
    ],
    [
      'a configuration for other machines',
      'MIG_ENTRY_MATCHES_NO_GPU',
      entries(`devices: all, device-filter: "0x20B710DE", ${seven}`),
      {},
      /matches no GPU/,
    ],
    [
      'entries that ask for different things, of which the last counts',
      'MIG_CONFIG_CONFLICT',
      entries(
        `devices: all, ${seven}`,
        'devices: [0], mig-enabled: true, mig-devices: {3g.20gb: 2}',
      ),
      { 0: 2 },
      /x\[0\] has no effect on GPU 0: entry 1 is later/,
    ],
  ])('strict refuses and lenient warns of %s', (_, code, text, counts, warning) => {
    expect(migErrorOf(() => read(one, text, 'strict')).code).toBe(code)
    const { gpus, warnings } = read(one, text, 'lenient')
    expect(
      Object.fromEntries(gpus.map(({ gpu, wanted }) => [gpu.index, wanted[0]?.count])),
    ).toEqual(counts)
    expect(warnings.join('\n')).toMatch(warning)
  })

  test('strict refuses and lenient warns of MIG on machines that cannot do it', () => {
    const plain = stateOf([{ key: 'none' }])
    const text = entries(`devices: all, ${seven}`)
    expect(migErrorOf(() => read(plain, text, 'strict')).code).toBe('MIG_NOT_SUPPORTED')
    expect(read(plain, text, 'lenient')).toMatchObject({
      gpus: [],
      warnings: [expect.stringContaining('Tesla T4')],
    })
  })
})

describe('what strict and lenient accept', () => {
  test.each([
    ['an index twice', entries(`devices: [0, 0], ${seven}`)],
    ['the same twice', entries(`devices: all, ${seven}`, `devices: [0], ${seven}`)],
    [
      'the same twice in other words',
      entries(
        `devices: all, ${seven}`,
        'devices: [0], mig-enabled: true, mig-devices: {1c.1g.5gb: 7, 2g.10gb: 0}',
      ),
    ],
  ])('strict and lenient accept %s', (_, text) => {
    for (const matching of ['strict', 'lenient'] as const) {
      expect(read(one, text, matching)).toMatchObject({
        gpus: [{ wanted: [{ count: 7 }] }],
        warnings: [],
      })
    }
  })
})

describe('what strict and lenient refuse', () => {
  test.each<[string, MigCode, string]>([
    [
      'opposed modes, at which NVIDIA’s tool fails half way',
      'MIG_CONFIG_CONFLICT',
      entries('devices: all, mig-enabled: false', `devices: [0], ${seven}`),
    ],
    [
      'a size that the GPU does not have, for which it empties the GPU',
      'MIG_PROFILE_UNKNOWN',
      entries('devices: all, mig-enabled: true, mig-devices: {2g.20gb: 3}'),
    ],
    ['a document of an unknown version', 'MIG_CONFIG_INVALID', 'version: v2'],
  ])('strict and lenient refuse %s', (_, code, text) => {
    for (const matching of ['strict', 'lenient'] as const)
      expect(migErrorOf(() => read(one, text, matching)).code).toBe(code)
  })
})
