// Two GPUs of an atomic apply: one is undone, and the other is as wanted because its undo failed.
import { cpSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { applyMigConfig, recoverMig } from '../../../../lib/index.js'
import { createSimulatedMachine, openSimulatedMachine } from '../../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { configure } from '../../../support/configure.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { fakeRoot } from '../../../support/root-tree.js'
import { countDevices } from '../../../support/wanted.js'

const wanted = { '7g.40gb': 1 }

/** GPU 0 is done, then GPU 1 fails, and the undo of GPU 0 fails. */
async function leaveHalf(): Promise<SimulatedMachine> {
  const machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', {
    store: `${fakeRoot()}/machine`,
  })
  machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    nth: 2,
    error: 'NVML_ERROR_INSUFFICIENT_RESOURCES',
  })
  machine.fail({ fn: 'nvmlComputeInstanceDestroy', times: 100, error: 'NVML_ERROR_UNKNOWN' })
  const { report } = await rejectionOf(
    applyMigConfig(configure(wanted, wanted), { library: machine.library }),
  )
  expect(report?.gpus.map(({ outcome }) => outcome)).toEqual(['failed', 'undone'])
  return machine
}

/** As if the process had died after the steps of GPU 0 and before those of GPU 1. */
async function dieBetween(): Promise<SimulatedMachine> {
  const folder = fakeRoot()
  const image = join(fakeRoot(), 'image')
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', { store: `${folder}/machine` })
  await applyMigConfig(configure(wanted, wanted), {
    library: machine.library,
    onEvent(event) {
      const isFirstOfSecond = event.kind === 'step-started' && event.step.gpuIndex === 1
      if (isFirstOfSecond && !existsSync(image)) cpSync(folder, image, { recursive: true })
    },
  })
  return openSimulatedMachine(`${image}/machine`)
}

const devicesOf = async ({ library }: SimulatedMachine): Promise<unknown> =>
  (await readMigState({ library })).gpus.map(countDevices)

describe('a GPU that is as wanted after an apply that could not be undone completely', () => {
  test('a GPU that is as wanted after an incomplete undo is undone by the next call', async () => {
    using machine = await leaveHalf()
    machine.clearFaults()
    expect(await devicesOf(machine)).toEqual([wanted, {}])
    const { recovered } = await recoverMig({ library: machine.library })
    expect(recovered).toMatchObject([{ gpuIndex: 0, outcome: 'undone' }])
    expect(await devicesOf(machine)).toEqual([{}, {}])
  })

  test('a GPU that is as wanted after an incomplete undo is undone by a later call if the next one could not', async () => {
    using machine = await leaveHalf()
    const { library } = machine
    expect((await recoverMig({ library })).recovered).toMatchObject([{ outcome: 'kept' }])
    machine.clearFaults()
    expect((await recoverMig({ library })).recovered).toMatchObject([{ outcome: 'undone' }])
    expect(await devicesOf(machine)).toEqual([{}, {}])
  })

  test('a GPU that is as wanted after an incomplete undo is finished with the direction finish', async () => {
    using machine = await leaveHalf()
    machine.clearFaults()
    const { recovered } = await recoverMig({ library: machine.library, direction: 'finish' })
    expect(recovered).toMatchObject([{ outcome: 'finished' }])
    expect(await devicesOf(machine)).toEqual([wanted, {}])
  })

  test('a busy GPU of an apply that died is undone when it is free', async () => {
    using machine = await dieBetween()
    const { library } = machine
    const [gpu] = (await readMigState({ library })).gpus
    const gpuInstanceId = gpu?.gpuInstances[0]?.id ?? 0
    machine.addProcess({ pid: 4711, gpu: 0, gpuInstanceId, computeInstanceId: 0 })
    const { recovered } = await recoverMig({ library })
    expect(recovered.map(({ gpuIndex, outcome }) => [gpuIndex, outcome]).sort()).toEqual([
      [0, 'kept'],
      [1, 'undone'],
    ])
    machine.removeProcess(4711)
    expect((await recoverMig({ library })).recovered).toMatchObject([{ outcome: 'undone' }])
    expect(await devicesOf(machine)).toEqual([{}, {}])
  })

  test('a GPU that is as wanted after an incomplete undo is undone when the same apply fails again', async () => {
    using machine = await dieBetween()
    const { library } = machine
    machine.fail({
      fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
      error: 'NVML_ERROR_INSUFFICIENT_RESOURCES',
    })
    const { report } = await rejectionOf(applyMigConfig(configure(wanted, wanted), { library }))
    expect(report?.gpus.map(({ outcome }) => outcome)).toEqual(['undone', 'undone'])
    expect(report?.outcome).toBe('undone')
    expect(await devicesOf(machine)).toEqual([{}, {}])
    expect((await recoverMig({ library })).recovered).toEqual([])
  })

  test('a GPU that is as wanted after an incomplete undo stays when the same apply succeeds', async () => {
    using machine = await dieBetween()
    const { library } = machine
    const report = await applyMigConfig(configure(wanted, wanted), { library })
    expect(report.gpus.map(({ outcome }) => outcome)).toEqual(['unchanged', 'applied'])
    expect(report.recovered.map(({ outcome }) => outcome)).toEqual(['finished', 'finished'])
    expect(await devicesOf(machine)).toEqual([wanted, wanted])
    expect((await recoverMig({ library })).recovered).toEqual([])
  })
})

describe('with atomic gpu', () => {
  test('with atomic gpu, a GPU that is as wanted stays, though it could be neither read nor undone', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', {
      store: `${fakeRoot()}/machine`,
    })
    const { library } = machine
    let left = 4
    const { code, report } = await rejectionOf(
      applyMigConfig(configure(wanted, wanted), {
        library,
        atomic: 'gpu',
        onEvent({ kind }) {
          // Nothing can be read from the last step on.
          if (kind === 'step-done' && --left === 0)
            machine.fail({ fn: 'nvmlDeviceGetMigMode', times: 1000, error: 'NVML_ERROR_UNKNOWN' })
        },
      }),
    )
    expect([code, report?.outcome]).toEqual(['MIG_VERIFY_FAILED', 'failed'])
    machine.clearFaults()
    const { recovered } = await recoverMig({ library })
    expect(recovered.map(({ outcome }) => outcome)).toEqual(['finished', 'finished'])
    expect(await devicesOf(machine)).toEqual([wanted, wanted])
  })
})
