// The state before a configuration that was held for a time comes back by the next call at the latest, because the
// configuration is not wanted any more.
import { cpSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { applyMigConfig, recoverMig, withMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine, openSimulatedMachine } from '../../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { fakeRoot } from '../../../support/root-tree.js'
import { placesOf, wantOnAll } from '../../../support/wanted.js'

const before = wantOnAll({ '2g.10gb': 2, '3g.20gb': 1 })
const held = wantOnAll({ '1g.5gb': 7 })

async function twoGpus(): Promise<SimulatedMachine> {
  const machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', {
    store: join(fakeRoot(), 'machine'),
  })
  await applyMigConfig(before, { library: machine.library })
  return machine
}

const layoutOf = async ({ library }: SimulatedMachine): Promise<unknown> =>
  (await readMigState({ library })).gpus.map(placesOf)

test('a restore that the driver refuses once is tried again and succeeds', async () => {
  using machine = await twoGpus()
  const layout = await layoutOf(machine)
  await withMigConfig(
    held,
    () =>
      machine.fail({ fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', error: 'NVML_ERROR_UNKNOWN' }),
    { library: machine.library },
  )
  expect(await layoutOf(machine)).toEqual(layout)
})

test('after a failed restore, recovery brings back the state before the configuration', async () => {
  using machine = await twoGpus()
  const { library } = machine
  const layout = await layoutOf(machine)
  const error = await rejectionOf(
    withMigConfig(
      held,
      () =>
        machine.fail({
          fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
          nth: 2,
          times: 1000,
          error: 'NVML_ERROR_UNKNOWN',
        }),
      { library },
    ),
  )
  expect(error.code).toBe('MIG_RESTORE_FAILED')
  expect(error.report?.outcome).toBe('failed')
  machine.clearFaults()
  const { recovered } = await recoverMig({ library })
  expect(recovered.map(({ outcome }) => outcome)).toContain('undone')
  expect(await layoutOf(machine)).toEqual(layout)
})

test('a listener that throws does not stop a restore, which then rejects with its error', async () => {
  using machine = await twoGpus()
  const layout = await layoutOf(machine)
  let isOver = false
  const error = await rejectionOf(
    withMigConfig(
      held,
      () => {
        isOver = true
      },
      {
        library: machine.library,
        onEvent({ kind }) {
          if (isOver && kind === 'step-done') throw new Error('mine')
        },
      },
    ),
  )
  expect(error.code).toBe('ABORT_ERR')
  expect(error.message).toMatch(/mine.*; the machine is as wanted$/)
  expect(await layoutOf(machine)).toEqual(layout)
})

test('recovery finishes a restore in which the process died', async () => {
  using machine = await twoGpus()
  const { library } = machine
  const layout = await layoutOf(machine)
  const folder = dirname(machine.describe().store ?? '')
  const image = join(fakeRoot(), 'image')
  // The restore destroys seven devices of GPU 0 and continues.
  let steps = Number.NEGATIVE_INFINITY
  const work = (): void => {
    steps = 0
  }
  await withMigConfig(held, work, {
    library,
    onEvent({ kind }) {
      if (kind === 'step-done' && ++steps === 16) cpSync(folder, image, { recursive: true })
    },
  })
  using dead = openSimulatedMachine(join(image, 'machine'))
  expect(await layoutOf(dead)).not.toEqual(layout)
  const { recovered } = await recoverMig({ library: dead.library })
  expect(recovered.map(({ outcome }) => outcome)).toContain('undone')
  expect(await layoutOf(dead)).toEqual(layout)
})
