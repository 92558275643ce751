import { expect, test } from 'vitest'
import { applyMigConfig, withMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { HoldOptions } from '../../../../types/machine/hold.js'
import type { MigCode } from '../../../../types/model/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { placesOf, wantOnAll } from '../../../support/wanted.js'

const seven = wantOnAll({ '1g.5gb': 7 })
const balanced = wantOnAll({ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 })

/** The apply itself does not undo such a failure, so the restore must. */
async function expectTakenBack(
  options: HoldOptions,
  failing: boolean,
  code: MigCode,
): Promise<void> {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  const library = machine.library
  await applyMigConfig(balanced, { library })
  const before = (await readMigState({ library })).gpus.map(placesOf)
  if (failing)
    machine.fail({
      fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
      nth: 3,
      error: 'NVML_ERROR_UNKNOWN',
    })
  const work = (): never => expect.unreachable()
  const running = withMigConfig(seven, work, { ...options, library })
  await expect(running).rejects.toMatchObject({ code })
  expect((await readMigState({ library })).gpus.map(placesOf)).toEqual(before)
}

test.each(['gpu', 'none'] as const)(
  'with atomic %s, withMigConfig restores a machine on which the apply failed on one of two GPUs',
  (atomic) => expectTakenBack({ atomic }, true, 'MIG_STEP_FAILED'),
)

test('withMigConfig restores the machine if an apply-exit hook fails', async () => {
  let runs = 0
  const hook = (): void => {
    runs += 1
    if (runs === 1) throw new Error('mine')
  }
  await expectTakenBack({ hooks: { hooks: { 'apply-exit': [hook] } } }, false, 'MIG_HOOK_FAILED')
})
