import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openSession } from '../../../lib/driver/session.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import { createDevices } from '../../support/layouts.js'
import { addonPath, controlAddonPath, simulatorPath } from '../../support/native-paths.js'

test('a new process reads a GPU with seven 1g.5gb in at most 90 NVML calls', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-'))
  try {
    using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig', {
      store: join(folder, 'machine'),
    })
    await using session = await openSession({ library: machine.library })
    const gpu = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
    await createDevices(session, gpu, Array(7).fill('1g.5gb'))
    const output = execFileSync(
      process.execPath,
      [
        fileURLToPath(new URL('fixtures/count-first-look.mjs', import.meta.url)),
        addonPath(),
        simulatorPath(),
        controlAddonPath(),
      ],
      { env: { ...process.env, ...machine.env }, encoding: 'utf8' },
    )
    const { instances, calls }: { instances: number; calls: number } = JSON.parse(output)
    expect(instances).toBe(7)
    expect(calls).toBeLessThanOrEqual(90)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
