import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { applyMigConfig, withMigConfig } from '../../../../lib/index.js'
import { openNvml } from '../../../../lib/nvml.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MigConfigDocument } from '../../../../types/config/config.js'
import { readMigState } from '../../../support/read-state.js'
import { placesOf, wantOnAll } from '../../../support/wanted.js'

const off: MigConfigDocument = {
  version: 'v1',
  'mig-configs': { off: [{ devices: 'all', 'mig-enabled': false }] },
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-nvml-hold-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('with modeOnly, withMigConfig restores the instances that a GPU lost with its mode', async () => {
  using machine = createSimulatedMachine('H100-80GB-SXM +mig')
  const library = machine.library
  await applyMigConfig(wantOnAll({ '1g.10gb': 3 }), { library })
  const before = (await readMigState({ library })).gpus.map(placesOf)
  await withMigConfig(off, () => {}, { library, modeOnly: true })
  expect((await readMigState({ library })).gpus.map(placesOf)).toEqual(before)
})

test('with skipReset, a restore fails while the mode is pending a reset', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
  const library = machine.library
  const checkpointFile = join(folder, 'before.json')
  const running = withMigConfig(wantOnAll({ '1g.5gb': 7 }), () => machine.resetGpu(0), {
    library,
    checkpointFile,
    skipReset: true,
    modeOnly: true,
  })
  await expect(running).rejects.toMatchObject({
    code: 'MIG_RESTORE_FAILED',
    message: expect.stringContaining('the MIG mode of GPU 0 is pending a reset'),
    report: { gpus: [{ modeStatus: 'pending', resetRequired: true }] },
  })
  expect(existsSync(checkpointFile)).toBe(true)
})

test('with skipReset, a restore cancels a mode request that is still pending', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
  const library = machine.library
  const options = { library, skipReset: true, modeOnly: true }
  await withMigConfig(wantOnAll({ '1g.5gb': 7 }), () => {}, options)
  expect((await readMigState({ library })).gpus[0]?.mig).toEqual({ enabled: false, pending: false })
})

test('with skipReset, the work does not run without its instances, and the mode request is cancelled', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
  const library = machine.library
  const work = (): never => expect.unreachable()
  const running = withMigConfig(wantOnAll({ '1g.5gb': 7 }), work, { library, skipReset: true })
  await expect(running).rejects.toMatchObject({ code: 'MIG_RESET_REQUIRED' })
  expect((await readMigState({ library })).gpus[0]?.mig).toEqual({ enabled: false, pending: false })
})

test.each([
  ['off', 'A100-SXM4-40GB'],
  ['on', 'A100-SXM4-40GB +mig'],
])(
  'a mode that was pending on a GPU with MIG %s is pending again after the restore',
  async (_, model) => {
    using machine = createSimulatedMachine(model, { resetPolicy: 'manual' })
    const library = machine.library
    {
      await using nvml = await openNvml({ library })
      const gpu = await nvml.deviceGetHandleByIndex(0)
      await nvml.deviceSetMigMode(gpu, model.endsWith('+mig') ? 0 : 1)
    }
    const [before] = (await readMigState({ library })).gpus
    expect(before?.mig?.pending).toBe(!before?.mig?.enabled)
    const devices = await withMigConfig(
      wantOnAll({ '1g.5gb': 7 }),
      ({ after }) => after.gpus[0]?.gpuInstances.length,
      { library },
    )
    expect(devices).toBe(7)
    const [after] = (await readMigState({ library })).gpus
    expect(after && placesOf(after)).toEqual(before && placesOf(before))
  },
)

test('a checkpoint file that already exists is left alone, and nothing is changed', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  const checkpointFile = join(folder, 'before.json')
  writeFileSync(checkpointFile, 'of a run that was killed')
  const running = withMigConfig(wantOnAll({ '1g.5gb': 7 }), () => {}, { library, checkpointFile })
  await expect(running).rejects.toMatchObject({ code: 'MIG_CHECKPOINT_EXISTS' })
  expect(machine.callCounts().changing).toBe(0)
})
