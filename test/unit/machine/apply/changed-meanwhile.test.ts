// Another program changes a GPU while an apply runs. `resetGpu` removes all instances of a GPU at once, like another
// program's `nvidia-smi --gpu-reset`.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { MigError } from '../../../../lib/errors.js'
import { applyMigConfig, recoverMig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import type { ApplyOptions } from '../../../../types/machine/options.js'
import type { ApplyReport } from '../../../../types/machine/report.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { configure } from '../../../support/configure.js'
import { rejectionOf } from '../../../support/errors.js'
import { InterruptedApply } from '../../../support/interrupted.js'
import { readMigState } from '../../../support/read-state.js'
import { fakeRoot } from '../../../support/root-tree.js'
import { countDevices, placesOf, wantOnAll } from '../../../support/wanted.js'

const halves = { '3g.20gb': 2 }
const seven = { '1g.5gb': 7 }
const balanced = { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 }

const outcomesOf = (report: ApplyReport | undefined): unknown => [
  report?.outcome,
  ...(report?.gpus.map(({ outcome }) => outcome) ?? []),
]

/** Acts once, at the first event of a kind. */
function once(kind: ApplyEvent['kind'], act: () => void): (event: ApplyEvent) => void {
  let acted = false
  return (event) => {
    if (event.kind !== kind || acted) return
    acted = true
    act()
  }
}

/** GPU 1 is as wanted and has no steps; it loses its instances at the first step of GPU 0. */
async function changeOther(options: ApplyOptions): Promise<{
  readonly error: MigError
  readonly now: readonly unknown[]
  readonly machine: SimulatedMachine
}> {
  const machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(configure(undefined, halves), { library })
  const error = await rejectionOf(
    applyMigConfig(wantOnAll(halves), {
      library,
      ...options,
      onEvent: once('step-started', () => machine.resetGpu(1)),
    }),
  )
  return { error, now: (await readMigState({ library })).gpus.map(countDevices), machine }
}

describe('a GPU without steps that another program changes during an apply', () => {
  test('a GPU without steps that changes during an apply fails the verification, and the other GPU is undone', async () => {
    const { error, now, machine } = await changeOther({})
    using _ = machine
    expect(error.code).toBe('MIG_VERIFY_FAILED')
    expect(error.message).toMatch(/^GPU 1 is not as planned any more, though this apply did not/)
    expect(error.message).toMatch(
      /; all that this apply did was undone, and GPU 1 changed, though not by this apply$/,
    )
    expect(outcomesOf(error.report)).toEqual(['failed', 'undone', 'failed'])
    expect(now).toEqual([{}, {}])
    expect(machine.journal().filter(({ gpu }) => gpu === 1)).toHaveLength(4)
  })

  test('with atomic gpu, a GPU without steps that changes fails the apply, and the other GPU stays as wanted', async () => {
    const { error, now, machine } = await changeOther({ atomic: 'gpu' })
    using _ = machine
    expect(error.code).toBe('MIG_VERIFY_FAILED')
    expect(outcomesOf(error.report)).toEqual(['failed', 'applied', 'failed'])
    expect(now).toEqual([halves, {}])
  })

  test('with atomic none, the error names a GPU without steps that changed, and nothing is undone', async () => {
    const { error, now, machine } = await changeOther({ atomic: 'none' })
    using _ = machine
    expect(error.message).toMatch(/nothing was undone, and GPU 1 changed, though not by/)
    expect(outcomesOf(error.report)).toEqual(['failed', 'applied', 'failed'])
    expect(now).toEqual([halves, {}])
  })
})

test('an undo does not report the machine as before if a GPU without steps has changed', async () => {
  using machine = createSimulatedMachine('3x A100-SXM4-40GB +mig')
  const { library } = machine
  await applyMigConfig(configure(undefined, halves, seven), { library })
  machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    nth: 2,
    error: 'NVML_ERROR_INSUFFICIENT_RESOURCES',
  })
  const { message, report } = await rejectionOf(
    // GPU 1 has no steps, and those of GPU 2 are not started.
    applyMigConfig(wantOnAll(halves), {
      library,
      onEvent: once('undo-started', () => {
        machine.resetGpu(1)
        machine.resetGpu(2)
      }),
    }),
  )
  expect(outcomesOf(report)).toEqual(['failed', 'undone', 'failed', 'failed'])
  expect(message).not.toMatch(/as before/)
  expect(message).toMatch(/GPU 1, 2 changed, though not by this apply$/)
  // Nothing of that apply is left for the next call to bring back.
  expect((await recoverMig({ library })).recovered).toEqual([])
})

test('a verified GPU that changes during the undo of another GPU is not reported as wanted', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', {
    store: join(fakeRoot(), 'machine'),
  })
  const { library } = machine
  machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    nth: 4,
    error: 'NVML_ERROR_INSUFFICIENT_RESOURCES',
  })
  const { message, report } = await rejectionOf(
    applyMigConfig(wantOnAll(halves), {
      library,
      atomic: 'gpu',
      onEvent: once('undo-started', () => machine.resetGpu(0)),
    }),
  )
  expect(outcomesOf(report)).toEqual(['failed', 'failed', 'undone'])
  expect(message).toMatch(
    /; what had failed was undone, and GPU 0 changed, though not by this apply$/,
  )
  // No later call undoes or repeats what another writer did after the apply.
  expect((await recoverMig({ library })).recovered).toEqual([])
})

test('an instance that an undo created again is reported as created, not as kept', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  const { after } = await applyMigConfig(wantOnAll(seven), { library })
  machine.fail({ fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', error: 'NVML_ERROR_UNKNOWN' })
  const { report } = await rejectionOf(
    applyMigConfig(wantOnAll(balanced), {
      library,
      // Also the two that the plan would have kept.
      onEvent: once('undo-started', () => machine.resetGpu(0)),
    }),
  )
  expect(outcomesOf(report)).toEqual(['undone', 'undone'])
  expect(report?.after?.gpus.map(placesOf)).toEqual(after.gpus.map(placesOf))
  const [gpu] = report?.gpus ?? []
  expect([gpu?.created.length, gpu?.destroyed.length, gpu?.kept.length]).toEqual([7, 7, 0])
  const { created, destroyed, kept } = gpu?.devices ?? {}
  expect([created?.length, destroyed?.length, kept?.length]).toEqual([7, 7, 0])
})

test('an apply without steps reads the machine again after it brought back a GPU of an interrupted apply', async () => {
  using left = await InterruptedApply.create()
  const { library } = left
  const report = await applyMigConfig(configure(balanced), { library })
  expect(report.outcome).toBe('unchanged')
  expect(report.recovered.map(({ gpuIndex, outcome }) => [gpuIndex, outcome])).toContainEqual([
    1,
    'undone',
  ])
  expect(report.after.gpus.map(placesOf)).toEqual(
    (await readMigState({ library })).gpus.map(placesOf),
  )
})

test('an undo whose reads fail counts as complete if the last read of the machine shows it', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  machine.fail({ fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', error: 'NVML_ERROR_UNKNOWN' })
  const { message, report } = await rejectionOf(
    applyMigConfig(wantOnAll(halves), {
      library,
      onEvent: once('undo-started', () =>
        machine.fail({ fn: 'nvmlDeviceGetCount', error: 'NVML_ERROR_UNKNOWN', times: 3 }),
      ),
    }),
  )
  expect(message).toMatch(/; the machine is as before$/)
  expect(outcomesOf(report)).toEqual(['undone', 'undone'])
  expect((await recoverMig({ library })).recovered).toEqual([])
})

test('a step is reported as undone if the last read shows it, even if the undo could not read the GPU', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const { library } = machine
  machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    nth: 2,
    error: 'NVML_ERROR_UNKNOWN',
  })
  const undone: string[] = []
  const look = once('undo-started', () => {
    machine.resetGpu(0)
    machine.fail({ fn: 'nvmlDeviceGetCount', error: 'NVML_ERROR_UNKNOWN', times: 3 })
  })
  const { report } = await rejectionOf(
    applyMigConfig(wantOnAll(halves), {
      library,
      onEvent(event) {
        look(event)
        if (event.kind === 'step-undone') undone.push(event.step.kind)
      },
    }),
  )
  expect(outcomesOf(report)).toEqual(['undone', 'undone'])
  const statuses = report?.gpus[0]?.steps.map(({ status }) => status)
  expect(statuses).toEqual(['undone', 'undone', 'failed', 'not-started'])
  expect(report?.gpus[0]?.steps.filter(({ error }) => error !== undefined)).toHaveLength(1)
  expect(undone).toEqual(['create-compute-instance', 'create-gpu-instance'])
})

describe('a machine that cannot be read after the undo', () => {
  test('when the last read fails, the report claims `undone` only for GPUs that the undo read', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
    const { library } = machine
    await applyMigConfig(configure(undefined, halves), { library })
    machine.fail({
      fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
      nth: 2,
      error: 'NVML_ERROR_UNKNOWN',
    })
    const { message, report } = await rejectionOf(
      applyMigConfig(wantOnAll(halves), {
        library,
        onEvent: once('step-undone', () =>
          machine.fail({ fn: 'nvmlDeviceGetCount', error: 'NVML_ERROR_UNKNOWN', times: 1000 }),
        ),
      }),
    )
    expect(report?.after).toBeNull()
    expect(outcomesOf(report)).toEqual(['failed', 'undone', 'failed'])
    expect(message).toMatch(
      /; all that this apply did was undone, and GPU 1 cannot be read any more$/,
    )
  })

  test('when the last read fails after a reboot, the report has no GPU as undone or unchanged', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
    const { library } = machine
    await applyMigConfig(configure(undefined, halves), { library })
    const { report } = await rejectionOf(
      applyMigConfig(wantOnAll(halves), {
        library,
        onEvent: once('step-done', () => {
          machine.reboot()
          machine.fail({ fn: 'nvmlDeviceGetCount', error: 'NVML_ERROR_UNKNOWN', times: 1000 })
        }),
      }),
    )
    expect(report?.after).toBeNull()
    expect(outcomesOf(report)).toEqual(['failed', 'failed', 'failed'])
    // Two devices of GPU 1 were there before; of a GPU that could not be read, nothing is known.
    const devices = report?.gpus.flatMap(({ devices: { created, destroyed, kept } }) => [
      ...created,
      ...destroyed,
      ...kept,
    ])
    expect(devices).toEqual([])
  })
})
