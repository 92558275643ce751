import { describe, expect, test } from 'vitest'
import {
  applyMigConfig,
  exportMigConfig,
  isMigError,
  planMigConfig,
} from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MigConfigInput } from '../../../../types/config/config.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { placesOf, wantOnAll } from '../../../support/wanted.js'

const cases: readonly {
  readonly what: string
  readonly input: MigConfigInput
  readonly config?: string
  readonly code: string
  readonly says: RegExp
}[] = [
  {
    what: 'an unknown profile: with the names that this GPU has',
    input: wantOnAll({ '1g.10g': 1, '4g.40gb': 1 } as never),
    code: 'MIG_CONFIG_INVALID',
    says: /1g\.10g/,
  },
  {
    what: 'a profile of another GPU: with the names that this GPU has',
    input: wantOnAll({ '1g.18gb': 1 }),
    code: 'MIG_PROFILE_UNKNOWN',
    says: /1g\.18gb.*1g\.5gb/s,
  },
  {
    what: 'a partition that does not fit: with the reason',
    input: wantOnAll({ '1g.5gb': 7, '2g.10gb': 3 }),
    code: 'MIG_PARTITION_INFEASIBLE',
    says: /compute slices/,
  },
  {
    what: 'a document with a wrong key: with its place',
    input: 'version: v1\nmig-configs:\n  all:\n    - device: all\n      mig-enabled: true\n',
    code: 'MIG_CONFIG_INVALID',
    says: /device/,
  },
  {
    what: 'text that is not YAML',
    input: 'version: v1\nmig-configs: [',
    code: 'MIG_CONFIG_INVALID',
    says: /./,
  },
  {
    what: 'an unknown configuration: with the names',
    input: wantOnAll({ '1g.5gb': 7 }),
    config: 'want',
    code: 'MIG_CONFIG_NOT_FOUND',
    says: /wanted/,
  },
  {
    what: 'an index that the machine does not have',
    input: {
      version: 'v1',
      'mig-configs': { one: [{ devices: [7], 'mig-enabled': false }] },
    },
    code: 'MIG_ENTRY_MATCHES_NO_GPU',
    says: /7/,
  },
]

describe('bad input gets a typed error, and the machine stays as it was', () => {
  test.each(cases)('$what', async ({ input, config, code, says }) => {
    using machine = createSimulatedMachine([
      { model: 'A100-SXM4-40GB', migEnabled: true, count: 2 },
    ])
    const library = machine.library
    await applyMigConfig(wantOnAll({ '3g.20gb': 1 }), { library })
    const before = (await readMigState({ library })).gpus.map(placesOf)
    machine.resetCallCounts()
    const options = { library, ...(config === undefined ? {} : { config }) }
    for (const work of [applyMigConfig, planMigConfig]) {
      const error = await work(input, options).then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      if (!isMigError(error)) throw error ?? new Error('it was accepted')
      expect(error.code).toBe(code)
      expect(
        [error.message, ...(error.issues ?? []).map((issue) => issue.message)].join('\n'),
      ).toMatch(says)
    }
    expect(machine.callCounts().changing).toBe(0)
    expect((await readMigState({ library })).gpus.map(placesOf)).toEqual(before)
  })

  test('an error in YAML text has its line and column', async () => {
    const text = 'version: v1\nmig-configs:\n  all:\n    - devices: all\n      mig-enabled: "yes"\n'
    const error = await rejectionOf(planMigConfig(text))
    expect(error.issues?.[0]).toMatchObject({
      path: ['mig-configs', 'all', 0, 'mig-enabled'],
      line: 5,
      column: 20,
    })
  })

  test('the error for a missing library names the search order and the simulator', async () => {
    const error = await rejectionOf(readMigState({ library: '/nowhere/libnvidia-ml.so.1' }))
    expect(error.code).toBe('MIG_DRIVER_NOT_FOUND')
    expect(`${error.message} ${error.hint}`).toMatch(/MIG_NVML_LIBRARY.*libnvidia-ml\.so\.1/s)
    expect(`${error.message} ${error.hint}`).toMatch(/simulat/i)
  })

  test('a library that is not NVML is MIG_DRIVER_NOT_FOUND', async () => {
    const error = await rejectionOf(readMigState({ library: 'libm.so.6' }))
    expect(error.code).toBe('MIG_DRIVER_NOT_FOUND')
  })

  test('an entry for a lost GPU is an error that names the GPU; entries for other GPUs still work', async () => {
    using machine = createSimulatedMachine('3x A100-SXM4-40GB')
    const library = machine.library
    machine.loseGpu(2)
    await expect(planMigConfig(wantOnAll({}), { library })).rejects.toMatchObject({
      code: 'MIG_GPU_LOST',
      message: expect.stringContaining('GPU 2'),
    })
    await expect(exportMigConfig({ library })).rejects.toMatchObject({ code: 'MIG_GPU_LOST' })
    const first = {
      version: 'v1',
      'mig-configs': { a: [{ devices: [0, 1], 'mig-enabled': true, 'mig-devices': {} }] },
    } as const
    expect((await applyMigConfig(first, { library })).outcome).toBe('applied')
    expect((await readMigState({ library })).lostGpus.map((gpu) => gpu.index)).toEqual([2])
  })
})
