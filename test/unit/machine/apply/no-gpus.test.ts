// A machine without GPUs: its export and its checkpoint can be read again and change nothing there.
import { expect, test } from 'vitest'
import { formatMigConfig, parseMigConfig } from '../../../../lib/config.js'
import {
  applyMigConfig,
  assertMigConfig,
  checkpointMig,
  exportMigConfig,
  readMigState,
  restoreMig,
} from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { rejectionOf } from '../../../support/errors.js'

// From R545 on NVML itself refuses to work there: NVML_ERROR_GPU_NOT_FOUND.
const driver = 'R535'

test.each([{ placements: false }, { placements: true }])(
  'the export of a machine without GPUs can be applied there and changes nothing: %j',
  async (kind) => {
    using machine = createSimulatedMachine([], { driver })
    const { library } = machine
    const config = await exportMigConfig({ library, ...kind })
    expect(parseMigConfig(formatMigConfig(config))).toEqual(config)
    const options = { library, config: 'current', matching: 'lenient' } as const
    expect((await applyMigConfig(config, options)).gpus).toEqual([])
    expect((await assertMigConfig(config, options)).matches).toBe(true)
    expect(machine.callCounts().changing).toBe(0)
  },
)

// A driver without any GPU is more likely in trouble than as wanted.
test('assertMigConfig rejects a machine without GPUs, unless matching is lenient', async () => {
  using machine = createSimulatedMachine([], { driver })
  const { library } = machine
  const config = await exportMigConfig({ library })
  const { code, message } = await rejectionOf(
    applyMigConfig(config, { library, config: 'current' }),
  )
  expect(code).toBe('MIG_ENTRY_MATCHES_NO_GPU')
  expect(message).toContain('which has no GPU')
})

test('the export of a machine without GPUs turns MIG off on GPUs of another machine', async () => {
  using none = createSimulatedMachine([], { driver })
  using other = createSimulatedMachine('A100-SXM4-40GB +mig', { driver })
  const config = await exportMigConfig({ library: none.library })
  await applyMigConfig(config, { library: other.library, config: 'current' })
  const { gpus } = await readMigState({ library: other.library })
  expect(gpus.map(({ mig }) => mig?.enabled)).toEqual([false])
})

test('a checkpoint of a machine without GPUs can be restored there', async () => {
  using machine = createSimulatedMachine([], { driver })
  const { library } = machine
  const report = await restoreMig(await checkpointMig({ library }), { library })
  expect(report.gpus).toEqual([])
})
