import { describe, expect, test } from 'vitest'
import { applyMigConfig, assertMigConfig, recoverMig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import type { GpuState } from '../../../../types/model/state.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { documentOf, entryFor } from '../../../support/configs.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices, placesOf, wantOnAll } from '../../../support/wanted.js'

const sevenOnFirst = entryFor([0], { '1g.5gb': 7 })
const twoGpus = documentOf(sevenOnFirst, entryFor([1], { '3g.20gb': 2 }))

/** GPU 0 with seven 1g.5gb, GPU 1 with MIG off. */
async function startOfC18(
  resetPolicy: 'automatic' | 'manual' | 'refused',
): Promise<SimulatedMachine> {
  const machine = createSimulatedMachine('A100-SXM4-40GB +mig, A100-SXM4-40GB', { resetPolicy })
  await applyMigConfig(documentOf(sevenOnFirst), { library: machine.library })
  machine.resetCallCounts()
  return machine
}

function changesOf(machine: SimulatedMachine, gpu: number, since = 14): number {
  return machine
    .journal()
    .slice(since)
    .filter((call) => call.gpu === gpu).length
}

async function gpusOf(machine: SimulatedMachine): Promise<readonly GpuState[]> {
  return (await readMigState({ library: machine.library })).gpus
}

test('C04: a GPU with MIG off that needs no reset gets all 2g.20gb', async () => {
  using machine = createSimulatedMachine('H100-80GB-SXM')
  const report = await applyMigConfig(wantOnAll({ '2g.20gb': 3 }), { library: machine.library })
  expect(report.after.gpus[0]?.gpuInstances).toHaveLength(3)
  expect(report.gpus[0]).toMatchObject({
    modeStatus: 'changed',
    activation: 'NVML_SUCCESS',
    resetRequired: false,
    rebootRequired: false,
  })
})

test.each(['automatic', 'manual'] as const)(
  'C05: MIG is turned off on every GPU, whatever was there (reset %s)',
  async (resetPolicy) => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig, H100-80GB-SXM +mig, T4', {
      resetPolicy,
    })
    const library = machine.library
    await applyMigConfig(documentOf(entryFor([0, 1], { '2g.10gb': 3 })), { library })
    const off = documentOf(entryFor('all', 'off'))
    const report = await applyMigConfig(off, { library })
    expect(report.outcome).toBe('applied')
    for (const gpu of report.after.gpus) {
      expect(gpu.gpuInstances).toEqual([])
      expect(gpu.mig?.enabled ?? false).toBe(false)
    }
    expect((await assertMigConfig(off, { library })).matches).toBe(true)
  },
)

test.each(['automatic', 'manual'] as const)(
  'C18, C19: only the GPU that differs is changed (reset %s)',
  async (resetPolicy) => {
    using machine = await startOfC18(resetPolicy)
    const report = await applyMigConfig(twoGpus, { library: machine.library })
    expect(report.outcome).toBe('applied')
    expect(report.gpus.map((gpu) => gpu.modeStatus)).toEqual(['unchanged', 'changed'])
    expect(report.gpus[1]?.resetRequired).toBe(false)
    const [first, second] = await gpusOf(machine)
    expect(first && countDevices(first)).toEqual({ '1g.5gb': 7 })
    expect(second && countDevices(second)).toEqual({ '3g.20gb': 2 })
    expect(changesOf(machine, 0)).toBe(0)
    const resets = machine
      .journal({ control: true })
      .flatMap((entry) => (entry.kind === 'control' ? [entry.command] : []))
    expect(resets).toEqual(resetPolicy === 'manual' ? ['reset-gpu gpu=1'] : [])
  },
)

test('C19: a refused reset leaves the other GPU alone, and the report says why', async () => {
  using machine = await startOfC18('refused')
  const before = (await gpusOf(machine)).map(placesOf)
  const error = await rejectionOf(applyMigConfig(twoGpus, { library: machine.library }))
  expect(error.code).toBe('MIG_REBOOT_REQUIRED')
  expect(error.message).toMatch(
    /^GPU 1: MIG mode cannot be turned on .*; the machine is as before$/,
  )
  expect(error.message.match(/GPU 1:/g)).toHaveLength(1)
  expect(error.hint).toMatch(/reboot/)
  expect(error.report?.outcome).toBe('undone')
  expect(error.report?.gpus.map((gpu) => gpu.modeStatus)).toEqual(['unchanged', 'refused'])
  expect(error.report?.gpus[1]).toMatchObject({
    activation: 'NVML_ERROR_NOT_SUPPORTED',
    resetRequired: false,
    rebootRequired: true,
  })
  expect((await gpusOf(machine)).map(placesOf)).toEqual(before)
  expect(changesOf(machine, 0)).toBe(0)
})

test('C20: with skipReset and modeOnly, the apply succeeds with a pending mode', async () => {
  using machine = await startOfC18('manual')
  const options = { library: machine.library, skipReset: true, modeOnly: true }
  const report = await applyMigConfig(twoGpus, options)
  expect(report.outcome).toBe('applied')
  expect(report.gpus[1]).toMatchObject({
    modeStatus: 'pending',
    activation: 'NVML_ERROR_RESET_REQUIRED',
    resetRequired: true,
    rebootRequired: false,
  })
  const [first, second] = await gpusOf(machine)
  expect(first && countDevices(first)).toEqual({ '1g.5gb': 7 })
  expect(second?.mig).toEqual({ enabled: false, pending: true })
  expect(machine.callCounts().changing).toBe(1)
  // A second apply calls the driver again, because only then does the driver report why the mode is pending.
  const again = await applyMigConfig(twoGpus, options)
  expect(again.gpus.map(({ outcome }) => outcome)).toEqual(['unchanged', 'applied'])
  expect(again.gpus[1]).toMatchObject({
    modeStatus: 'pending',
    activation: 'NVML_ERROR_RESET_REQUIRED',
    resetRequired: true,
    rebootRequired: false,
  })
  expect(machine.callCounts().changing).toBe(2)
  expect((await gpusOf(machine))[1]?.mig).toEqual({ enabled: false, pending: true })
  // Without skipReset, the mode change is completed.
  await applyMigConfig(twoGpus, { library: machine.library })
  const done = (await gpusOf(machine))[1]
  expect(done && countDevices(done)).toEqual({ '3g.20gb': 2 })
})

test('with only skipReset, the apply does what it can, and fails', async () => {
  using machine = await startOfC18('manual')
  const { library } = machine
  const options = { library, skipReset: true }
  const halves = documentOf(entryFor([0, 1], { '3g.20gb': 2 }))
  for (const outcomes of [
    ['applied', 'partial'],
    ['unchanged', 'partial'],
  ]) {
    const error = await rejectionOf(applyMigConfig(halves, options))
    expect(error.code).toBe('MIG_RESET_REQUIRED')
    expect(error.message).toMatch(/^the MIG mode of GPU 1 is pending a reset, which was skipped; /)
    expect(error.hint).toMatch(/modeOnly/)
    expect(error.report?.outcome).toBe('partial')
    expect(error.report?.gpus.map(({ outcome }) => outcome)).toEqual(outcomes)
    expect(error.report?.gpus[1]?.resetRequired).toBe(true)
    const [first, second] = await gpusOf(machine)
    expect(first && countDevices(first)).toEqual({ '3g.20gb': 2 })
    expect(second?.mig).toEqual({ enabled: false, pending: true })
  }
  // Nothing is left for a later call to undo.
  expect((await recoverMig({ library })).recovered).toEqual([])
  machine.resetGpu(1)
  const report = await applyMigConfig(halves, options)
  expect(report.gpus.map(({ outcome }) => outcome)).toEqual(['unchanged', 'applied'])
})

test('every report says that a mode is pending a reboot', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'refused' })
  const { library } = machine
  const options = { library, skipReset: true, modeOnly: true }
  for (const _ of ['first', 'second']) {
    const report = await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), options)
    expect(report.gpus[0]).toMatchObject({
      modeStatus: 'pending',
      activation: 'NVML_ERROR_NOT_SUPPORTED',
      resetRequired: false,
      rebootRequired: true,
    })
  }
})

describe('a GPU that needs a reset', () => {
  test('a GPU that needs a reset comes first, so a refused reset leaves the other GPUs unchanged', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig, A100-SXM4-40GB', {
      resetPolicy: 'refused',
    })
    const library = machine.library
    await applyMigConfig(documentOf(entryFor([0, 1], { '1g.5gb': 7 })), { library })
    const since = machine.journal().length
    const balanced = wantOnAll({ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 })
    const error = await rejectionOf(applyMigConfig(balanced, { library }))
    expect(error.code).toBe('MIG_REBOOT_REQUIRED')
    expect(
      machine
        .journal()
        .slice(since)
        .every((call) => call.gpu === 2),
    ).toBe(true)
  })

  test('with atomic gpu, only the GPU whose reset is refused is undone', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig, A100-SXM4-40GB', {
      resetPolicy: 'refused',
    })
    const library = machine.library
    const options = { library, atomic: 'gpu' } as const
    const error = await rejectionOf(applyMigConfig(wantOnAll({ '1g.5gb': 7 }), options))
    expect(error.report?.outcome).toBe('partial')
    const [first, second] = await gpusOf(machine)
    expect(first && countDevices(first)).toEqual({ '1g.5gb': 7 })
    expect(second?.mig).toEqual({ enabled: false, pending: false })
    expect(error.report?.gpus[1]).toMatchObject({ modeStatus: 'refused', rebootRequired: true })
  })
})

test('a platform that resets no GPU gets a reset only by a method that the caller names', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'refused' })
  const library = machine.library
  const kinds: string[] = []
  const onEvent = ({ kind }: ApplyEvent): unknown => kinds.push(kind)
  const wanted = wantOnAll({ '7g.40gb': 1 })
  await rejectionOf(applyMigConfig(wanted, { library, onEvent }))
  expect(kinds).not.toContain('reset-started')
  const reset = async (): Promise<void> => {
    machine.setResetPolicy('manual')
    machine.resetGpu(0)
  }
  const report = await applyMigConfig(wanted, { library, onEvent, reset })
  expect(kinds).toContain('reset-done')
  expect(report.gpus[0]).toMatchObject({ modeStatus: 'changed', rebootRequired: false })
})

test('a step that fails after a reset is undone by another reset', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
  const library = machine.library
  machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    nth: 3,
    error: 'NVML_ERROR_UNKNOWN',
  })
  const error = await rejectionOf(applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library }))
  expect(error.report?.outcome).toBe('undone')
  expect((await gpusOf(machine))[0]?.mig).toEqual({ enabled: false, pending: false })
})

test('instances that a refused reset has cost are created again', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { resetPolicy: 'refused' })
  const library = machine.library
  await applyMigConfig(wantOnAll({ '2g.10gb': 3 }), { library })
  const before = (await gpusOf(machine)).map(placesOf)
  const off = documentOf(entryFor('all', 'off'))
  const error = await rejectionOf(applyMigConfig(off, { library }))
  expect(error.code).toBe('MIG_REBOOT_REQUIRED')
  expect((await gpusOf(machine)).map(placesOf)).toEqual(before)
})

test('the events report a reset', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
  const kinds: string[] = []
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), {
    library: machine.library,
    onEvent: (event) => kinds.push(event.kind),
  })
  const [start] = ['step-started']
  expect(kinds.slice(kinds.indexOf(start ?? ''))).toEqual([
    ...['step-started', 'reset-started', 'reset-done', 'step-done'],
    ...['step-started', 'step-done', 'step-started', 'step-done', 'verified'],
  ])
})
