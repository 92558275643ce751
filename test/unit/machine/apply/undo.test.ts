import { describe, expect, test } from 'vitest'
import { openSession } from '../../../../lib/driver/session.js'
import { applyMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import type { LibraryRef } from '../../../../types/machine/options.js'
import { untilCalled } from '../../../support/calls.js'
import { configure } from '../../../support/configure.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { placesOf, wantOnAll } from '../../../support/wanted.js'

const withMig = { model: 'A100-SXM4-40GB', migEnabled: true } as const

async function requestMode(library: LibraryRef, enabled: boolean): Promise<void> {
  await using session = await openSession({ library })
  const [gpu] = (await session.readState()).gpus
  await session.setMigMode(gpu?.uuid ?? 'GPU-', enabled)
}

describe('outcome undone', () => {
  test('an apply is not reported as undone while a failed mode request is still pending', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
    const library = machine.library
    machine.fail({ fn: 'nvmlDeviceSetMigMode', nth: 2, times: 2, error: 'NVML_ERROR_IN_USE' })
    const error = await rejectionOf(
      applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library, reset: 'none' }),
    )
    expect(error.report?.outcome).toBe('failed')
    expect(error.message).toMatch(/; not everything could be undone$/)
    expect((await readMigState({ library })).gpus[0]?.mig?.pending).toBe(true)
  })

  test('an apply is not reported as undone while an instance stays that was created and could not be read', async () => {
    using machine = createSimulatedMachine([withMig])
    const library = machine.library
    machine.fail({ fn: 'nvmlGpuInstanceGetInfo', error: 'NVML_ERROR_UNKNOWN' })
    machine.fail({ fn: 'nvmlGpuInstanceDestroy', times: 9, error: 'NVML_ERROR_UNKNOWN' })
    const error = await rejectionOf(applyMigConfig(wantOnAll({ '1g.5gb': 1 }), { library }))
    machine.clearFaults()
    expect((await readMigState({ library })).gpus[0]?.gpuInstances).toHaveLength(1)
    expect(error.report?.outcome).toBe('failed')
    expect(error.report?.after?.gpus[0]?.gpuInstances).toHaveLength(1)
  })
})

/** Calls of the driver from the beginning of an undo of GPU 0 until its first step is reported as undone. */
async function callsOfUndo(model: string): Promise<number> {
  using machine = createSimulatedMachine(model)
  const total = (): number => machine.callCounts().total
  let begun = 0
  let ended: number | null = null
  machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    nth: 3,
    error: 'NVML_ERROR_UNKNOWN',
  })
  await rejectionOf(
    applyMigConfig(configure({ '1g.5gb': 7 }), {
      library: machine.library,
      onEvent: ({ kind }) => {
        if (kind === 'undo-started') begun = total()
        if (kind === 'step-undone') ended ??= total()
      },
    }),
  )
  if (ended === null) throw new Error('no step was undone')
  return ended - begun
}

test('an undo makes as many driver calls on a machine with eight GPUs as with one', async () => {
  expect(await callsOfUndo('8x A100-SXM4-40GB +mig')).toBe(await callsOfUndo('A100-SXM4-40GB +mig'))
})

describe('a mode change of another program that is pending a reset', () => {
  test('a pending mode is pending again after an apply that could not change it', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
    const library = machine.library
    await requestMode(library, true)
    const error = await rejectionOf(
      applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library, reset: 'none' }),
    )
    expect(error).toMatchObject({ code: 'MIG_RESET_REQUIRED', report: { outcome: 'undone' } })
    const [gpu] = (await readMigState({ library })).gpus
    expect(gpu?.mig).toEqual({ enabled: false, pending: true })
  })

  test('an undo requests a pending mode again that the apply had cancelled', async () => {
    using machine = createSimulatedMachine([withMig], { resetPolicy: 'manual' })
    const library = machine.library
    await requestMode(library, false)
    machine.fail({
      fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
      nth: 3,
      error: 'NVML_ERROR_UNKNOWN',
    })
    const error = await rejectionOf(applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library }))
    expect(error.report?.outcome).toBe('undone')
    const [gpu] = (await readMigState({ library })).gpus
    expect(gpu?.mig).toEqual({ enabled: true, pending: false })
    expect(gpu?.gpuInstances).toEqual([])
  })
})

test('one step that cannot be undone does not stop the undo of others, and every step has its status', async () => {
  using machine = createSimulatedMachine([withMig])
  const library = machine.library
  const abort = new AbortController()
  const told: string[] = []
  let made = 0
  const onEvent = (event: ApplyEvent): void => {
    if (event.kind === 'step-undone') told.push(event.step.kind)
    if (event.kind !== 'step-done' || ++made !== 8) return
    // Four devices exist. A program starts in the third before the apply is stopped.
    const third = machine.describe().gpus[0]?.gpuInstances[2]
    machine.addProcess({ pid: 4711, gpu: 0, gpuInstanceId: third?.id ?? -1, computeInstanceId: 0 })
    abort.abort()
  }
  const options = { library, signal: abort.signal, onEvent }
  const error = await rejectionOf(applyMigConfig(wantOnAll({ '1g.5gb': 7 }), options))
  expect(error.report?.outcome).toBe('failed')
  const [gpu] = (await readMigState({ library })).gpus
  expect(gpu?.gpuInstances).toHaveLength(1)
  const [held] = gpu?.gpuInstances ?? []
  expect(held?.computeInstances).toHaveLength(1)
  const statuses = error.report?.gpus[0]?.steps.slice(0, 8).map(({ step, status }) => {
    const place = step.kind === 'create-gpu-instance' ? step.placement : undefined
    const inside = step.kind === 'create-compute-instance' ? step.gpuInstancePlacement : undefined
    return [(place ?? inside)?.start === held?.placement.start, status]
  })
  expect(statuses?.filter(([, status]) => status === 'undo-failed')).toEqual([
    [true, 'undo-failed'],
    [true, 'undo-failed'],
  ])
  expect(statuses?.filter(([, status]) => status === 'undone')).toHaveLength(6)
  // In reverse: a compute instance goes before the GPU instance that it is in.
  expect(told.slice(0, 2)).toEqual(['create-compute-instance', 'create-gpu-instance'])
})

test('the errors in a report survive JSON', async () => {
  using machine = createSimulatedMachine([withMig])
  const library = machine.library
  machine.fail({
    fn: 'nvmlGpuInstanceDestroy',
    times: 9,
    error: 'NVML_ERROR_UNKNOWN',
  })
  machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    nth: 2,
    error: 'NVML_ERROR_INSUFFICIENT_RESOURCES',
  })
  const error = await rejectionOf(applyMigConfig(wantOnAll({ '1g.5gb': 2 }), { library }))
  const data = JSON.parse(JSON.stringify(error)) as {
    cause: unknown
    report: { gpus: { steps: { status: string; error?: { code: string; message: string } }[] }[] }
  }
  expect(data.cause).toMatchObject({ code: 'NVML_ERROR_INSUFFICIENT_RESOURCES' })
  const left = data.report.gpus[0]?.steps.find((step) => step.status === 'undo-failed')
  expect(left?.error).toMatchObject({ code: 'MIG_VERIFY_FAILED' })
  expect(left?.error?.message).toMatch(/not as before/)
})

test('the error names a program on the whole GPU before any instance is destroyed in vain', async () => {
  using machine = createSimulatedMachine([withMig])
  const library = machine.library
  await applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library })
  machine.addProcess({ pid: 4711, gpu: 0, kind: 'graphics', name: 'Xorg' })
  const before = (await readMigState({ library })).gpus.map(placesOf)
  machine.resetCallCounts()
  const error = await rejectionOf(applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library }))
  expect(error.code).toBe('MIG_IN_USE')
  expect(error.message).toMatch(/Xorg/)
  expect(machine.callCounts().changing).toBe(0)
  expect((await readMigState({ library })).gpus.map(placesOf)).toEqual(before)
  // As long as an instance stays, the GPU stays divided, and the driver lets the others change.
  const report = await applyMigConfig(wantOnAll({ '1g.5gb': 1, '3g.20gb': 1 }), { library })
  expect(report.outcome).toBe('applied')
})

describe('a driver that hangs in a read', () => {
  test.each(['nvmlDeviceGetMigMode', 'nvmlDeviceGetGraphicsRunningProcesses_v3'])(
    'a driver that hangs in a read does not delay an aborted call: %s',
    async (fn) => {
      using machine = createSimulatedMachine([withMig])
      machine.fail({ fn, hangMs: 5000 })
      const abort = new AbortController()
      const { signal } = abort
      const work = rejectionOf(
        applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library: machine.library, signal }),
      )
      await untilCalled(machine, fn)
      const { total } = machine.callCounts()
      abort.abort()
      expect((await work).code).toBe('ABORT_ERR')
      // The read still hangs, and NVML is not shut down yet.
      expect(machine.callCounts().total).toBe(total)
    },
  )
})

describe('a listener that throws', () => {
  test.each([
    ['planned', false],
    ['planned', true],
  ] as const)(
    'a listener that throws at %s stops the apply (dry run: %s)',
    async (kind, dryRun) => {
      using machine = createSimulatedMachine([withMig])
      const onEvent = (event: ApplyEvent): void => {
        if (event.kind === kind) throw new Error('mine')
      }
      const options = { library: machine.library, dryRun, onEvent }
      const error = await rejectionOf(applyMigConfig(wantOnAll({}), options))
      expect(error.code).toBe('ABORT_ERR')
      expect(error.message).toMatch(/mine/)
    },
  )
})

test('an undo creates the compute instance profile from before, where two profiles have the same size', async () => {
  using machine = createSimulatedMachine([{ model: 'h100-80gb-sxm', migEnabled: true }])
  const library = machine.library
  // In Hopper's 1g with twice the memory, profile 0 is the plain slice, and 7 has all multiprocessors.
  const session = await openSession({ library })
  const [gpu] = (await session.readState()).gpus
  const double = gpu?.geometry?.profiles.find((profile) => profile.name === '1g.20gb')
  const uuid = gpu?.uuid ?? 'GPU-'
  const instance = await session.createGpuInstance(uuid, double?.id ?? -1, null)
  await session.createComputeInstance(uuid, instance.id, 0, null)
  await session.close()
  machine.fail({ fn: 'nvmlDeviceCreateGpuInstanceWithPlacement', error: 'NVML_ERROR_UNKNOWN' })
  const error = await rejectionOf(applyMigConfig(wantOnAll({ '7g.80gb': 1 }), { library }))
  expect(error.report?.outcome).toBe('undone')
  const [after] = (await readMigState({ library })).gpus
  expect(after?.gpuInstances[0]?.computeInstances.map((part) => part.profileId)).toEqual([0])
})
