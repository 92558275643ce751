import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { applyMigConfig, restoreMig, withMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { readMigState } from '../../../support/read-state.js'
import { placesOf, wantOnAll } from '../../../support/wanted.js'

const seven = wantOnAll({ '1g.5gb': 7 })
const balanced = wantOnAll({ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 })

let folder: string
let checkpointFile: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-nvml-hold-'))
  checkpointFile = join(folder, 'before.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('the checkpoint file exists while the work runs, and is removed after the restore', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  await applyMigConfig(balanced, { library })
  const before = (await readMigState({ library })).gpus.map(placesOf)
  let kept = ''
  await withMigConfig(
    seven,
    () => {
      kept = readFileSync(checkpointFile, 'utf8')
    },
    { library, checkpointFile },
  )
  expect(existsSync(checkpointFile)).toBe(false)
  // The file that a killed process would have left restores the machine too.
  await applyMigConfig(seven, { library })
  await restoreMig(JSON.parse(kept), { library })
  expect((await readMigState({ library })).gpus.map(placesOf)).toEqual(before)
})

test('the checkpoint file stays if the restore fails', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  const running = withMigConfig(seven, () => machine.loseGpu(0), { library, checkpointFile })
  await expect(running).rejects.toMatchObject({ code: 'MIG_RESTORE_FAILED' })
  expect(existsSync(checkpointFile)).toBe(true)
})

test('the checkpoint file is removed if nothing was changed', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  const running = withMigConfig(wantOnAll({ '1g.5gb': 8 }), () => {}, { library, checkpointFile })
  await expect(running).rejects.toMatchObject({ code: 'MIG_PARTITION_INFEASIBLE' })
  expect(existsSync(checkpointFile)).toBe(false)
})

test('nothing is changed if the checkpoint file cannot be written', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  machine.resetCallCounts()
  const options = { library, checkpointFile: join(folder, 'no/such/folder.json') }
  await expect(withMigConfig(seven, () => {}, options)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(machine.callCounts().changing).toBe(0)
})
