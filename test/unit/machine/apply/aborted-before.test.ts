import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  applyMigConfig,
  assertMigConfig,
  checkpointMig,
  exportMigConfig,
  generateMigConfig,
  planMigConfig,
  readMigState,
  recoverMig,
  restoreMig,
  startMigConfig,
  withMigConfig,
} from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { DriverOptions } from '../../../../types/machine/options.js'
import { rejectionOf } from '../../../support/errors.js'
import { wantOnAll } from '../../../support/wanted.js'

const config = wantOnAll({ '1g.5gb': 7 })

const calls: Readonly<Record<string, (options: DriverOptions, file: string) => Promise<unknown>>> =
  {
    applyMigConfig: (options) => applyMigConfig(config, options),
    startMigConfig: (options) => startMigConfig(config, options).report,
    planMigConfig: (options) => planMigConfig(config, options),
    assertMigConfig: (options) => assertMigConfig(config, options),
    exportMigConfig,
    generateMigConfig,
    readMigState,
    recoverMig,
    checkpointMig,
    'restoreMig of a file': (options, file) => restoreMig(file, options),
    withMigConfig: (options) => withMigConfig(config, () => {}, options),
  }

test.each(Object.entries(calls))(
  '%s rejects with ABORT_ERR if its signal is already aborted',
  async (_, call) => {
    const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-aborted-'))
    try {
      using machine = createSimulatedMachine('A100-SXM4-40GB')
      const { library } = machine
      const file = join(folder, 'checkpoint.json')
      await checkpointMig({ library, file })
      const signal = AbortSignal.abort(new Error('enough'))
      const error = await rejectionOf(call({ library, signal }, file))
      expect(error).toMatchObject({
        code: 'ABORT_ERR',
        name: 'AbortError',
        cause: { message: 'enough' },
        message: 'the operation was stopped (enough)',
      })
      expect(machine.callCounts().changing).toBe(0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
