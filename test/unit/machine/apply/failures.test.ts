import { describe, expect, test } from 'vitest'
import { acquireLock } from '../../../../lib/driver/lock/lock.js'
import { openSession } from '../../../../lib/driver/session.js'
import { applyMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { placesOf, wantOnAll } from '../../../support/wanted.js'

const sevenSmall = wantOnAll({ '1g.5gb': 7 })
const balanced = wantOnAll({ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 })
const withMig = { model: 'A100-SXM4-40GB', migEnabled: true } as const

describe('a step that fails', () => {
  test('a failing step undoes the steps of every GPU, and the error carries the report', async () => {
    using machine = createSimulatedMachine([{ ...withMig, count: 3 }])
    const library = machine.library
    await applyMigConfig(sevenSmall, { library })
    const before = (await readMigState({ library })).gpus.map(placesOf)
    machine.fail({
      fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
      nth: 3,
      error: 'NVML_ERROR_INSUFFICIENT_RESOURCES',
    })
    const error = await rejectionOf(applyMigConfig(balanced, { library }))
    expect(error.code).toBe('MIG_STEP_FAILED')
    expect(error.message).toMatch(/NVML_ERROR_INSUFFICIENT_RESOURCES.*as before/)
    expect(error.report?.outcome).toBe('undone')
    // An instance that was destroyed and created again was disturbed, so it does not count as kept.
    for (const gpu of error.report?.gpus ?? []) {
      const remade = gpu.steps.flatMap(({ step, status }) =>
        step.kind === 'destroy-gpu-instance' && status === 'undone' ? [step.placement.start] : [],
      )
      const kept = gpu.kept.map((instance) => instance.placement.start)
      expect(kept.filter((start) => remade.includes(start))).toEqual([])
      expect(gpu.created.map((instance) => instance.placement.start)).toEqual(remade.sort())
      expect(gpu.kept.length + gpu.created.length).toBe(7)
    }
    const statuses = error.report?.gpus.flatMap((gpu) => gpu.steps.map((step) => step.status)) ?? []
    expect(statuses.filter((status) => status === 'failed')).toHaveLength(1)
    expect(statuses).toContain('undone')
    expect(statuses).toContain('not-started')
    expect(statuses).not.toContain('done')
    expect((await readMigState({ library })).gpus.map(placesOf)).toEqual(before)
  })

  test('a failing step turns MIG mode off again if the apply had turned it on', async () => {
    using machine = createSimulatedMachine('H100-80GB-SXM')
    const library = machine.library
    machine.fail({
      fn: 'nvmlGpuInstanceCreateComputeInstance',
      error: 'NVML_ERROR_UNKNOWN',
    })
    const error = await rejectionOf(applyMigConfig(wantOnAll({ '3g.40gb': 1 }), { library }))
    expect(error.report?.outcome).toBe('undone')
    const [gpu] = (await readMigState({ library })).gpus
    expect(gpu?.mig).toEqual({ enabled: false, pending: false })
  })

  test('the error says what is left when the undo of a failing step fails too', async () => {
    using machine = createSimulatedMachine([withMig])
    const library = machine.library
    await applyMigConfig(sevenSmall, { library })
    machine.fail({
      fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
      times: 1000,
      error: 'NVML_ERROR_UNKNOWN',
    })
    const error = await rejectionOf(applyMigConfig(balanced, { library }))
    expect(error.report?.outcome).toBe('failed')
    expect(error.message).toMatch(/not everything could be undone/)
    machine.clearFaults()
    expect(error.report?.after?.gpus.map(placesOf)).toEqual(
      (await readMigState({ library })).gpus.map(placesOf),
    )
  })

  test('a failing step is undone although the driver refuses the undo once', async () => {
    using machine = createSimulatedMachine([withMig])
    const library = machine.library
    machine.fail({
      fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
      nth: 3,
      error: 'NVML_ERROR_UNKNOWN',
    })
    machine.fail({ fn: 'nvmlGpuInstanceDestroy', nth: 1, error: 'NVML_ERROR_IN_USE' })
    const error = await rejectionOf(applyMigConfig(sevenSmall, { library }))
    expect(error.report?.outcome).toBe('undone')
    expect((await readMigState({ library })).gpus[0]?.gpuInstances).toEqual([])
  })

  test('a GPU that is lost during an apply leaves the other GPUs as before', async () => {
    using machine = createSimulatedMachine([{ ...withMig, count: 2 }])
    const library = machine.library
    const onEvent = (event: ApplyEvent): void => {
      if (event.kind === 'step-done' && event.step.gpuIndex === 0) machine.loseGpu(0)
    }
    const error = await rejectionOf(applyMigConfig(sevenSmall, { library, onEvent }))
    expect(error.report?.outcome).toBe('failed')
    expect(error.report?.gpus[1]?.steps.map((step) => step.status)).not.toContain('undo-failed')
    expect(error.report?.after?.gpus.map((gpu) => gpu.index)).toEqual([1])
    machine.reboot()
    const state = await readMigState({ library })
    expect(state.gpus[1]?.gpuInstances).toEqual([])
  })

  test('the error of a step without permission names the permission', async () => {
    using machine = createSimulatedMachine([withMig], { privileges: 'monitor' })
    const error = await rejectionOf(applyMigConfig(sevenSmall, { library: machine.library }))
    expect(error.code).toBe('MIG_STEP_FAILED')
    expect(error.message).toMatch(/NVML_ERROR_NO_PERMISSION/)
    expect(error.hint).toMatch(/root/)
    expect(error.report?.outcome).toBe('undone')
  })
})

describe('other processes during an apply', () => {
  test('an apply notices that another program changes the machine meanwhile', async () => {
    using machine = createSimulatedMachine([withMig])
    const library = machine.library
    const other = await openSession({ library })
    let steps = 0
    const pending: Promise<unknown>[] = []
    const onEvent = (event: ApplyEvent): void => {
      if (event.kind !== 'step-done' || ++steps !== 4) return
      // Two GPU instances exist, each with its compute instance; the other program destroys one of them.
      pending.push(other.destroyComputeInstance(event.step.gpu, firstId, 0))
    }
    const firstId = await idOfFirstSmall()
    const error = await rejectionOf(applyMigConfig(sevenSmall, { library, onEvent }))
    await Promise.all(pending)
    await other.close()
    expect(error.code).toBe('MIG_VERIFY_FAILED')
    expect(error.report?.outcome).toBe('undone')
    expect((await readMigState({ library })).gpus[0]?.gpuInstances).toEqual([])
  })

  test('an apply notices foreign instances even if all that was wanted is there', async () => {
    using machine = createSimulatedMachine([withMig])
    const library = machine.library
    const other = await openSession({ library })
    const pending: Promise<unknown>[] = []
    const onEvent = (event: ApplyEvent): void => {
      if (event.kind !== 'step-started' || pending.length > 0) return
      const { step } = event
      if (step.kind !== 'create-gpu-instance') return
      const elsewhere = { start: 3, size: 1 }
      pending.push(other.createGpuInstance(step.gpu, step.profileId, elsewhere))
    }
    const error = await rejectionOf(
      applyMigConfig(wantOnAll({ '1g.5gb': 2 }), { library, onEvent }),
    )
    await Promise.all(pending)
    await other.close()
    expect(error.code).toBe('MIG_VERIFY_FAILED')
    expect(error.message).toMatch(/not wanted: 1g\.5gb/)
  })

  test('an error names a program that is started in an instance during the apply', async () => {
    using machine = createSimulatedMachine([withMig])
    const library = machine.library
    await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library })
    const onEvent = (event: ApplyEvent): void => {
      if (event.kind === 'planned')
        machine.addProcess({ pid: 4711, gpu: 0, gpuInstanceId: 0, computeInstanceId: 0 })
    }
    const error = await rejectionOf(applyMigConfig(sevenSmall, { library, onEvent }))
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toMatch(/4711/)
    expect(error.report?.outcome).toBe('undone')
    expect(error.cause).toMatchObject({ code: 'NVML_ERROR_IN_USE' })
  })

  test('an apply waits for the holder of the lock, and names it', async () => {
    using machine = createSimulatedMachine([withMig])
    const library = machine.library
    const lock = await acquireLock(library.lockFile ?? '', {})
    const events: ApplyEvent[] = []
    const report = await applyMigConfig(sevenSmall, {
      library,
      onEvent: (event) => {
        events.push(event)
        if (event.kind === 'waiting-for-lock') void lock.release()
      },
    })
    expect(report.outcome).toBe('applied')
    expect(events[0]).toMatchObject({ kind: 'waiting-for-lock', path: library.lockFile })
    expect(String((events[0] as { holder?: unknown }).holder)).toContain(String(process.pid))
  })

  test('an abort ends the wait for a lock that is never released', async () => {
    using machine = createSimulatedMachine([withMig])
    const library = machine.library
    const lock = await acquireLock(library.lockFile ?? '', {})
    const abort = new AbortController()
    const work = applyMigConfig(sevenSmall, {
      library,
      signal: abort.signal,
      onEvent: () => abort.abort(),
    })
    await expect(work).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' })
    expect(machine.callCounts().changing).toBe(0)
    await lock.release()
  })
})

test('a machine that cannot be read back does not count as applied', async () => {
  using machine = createSimulatedMachine([withMig])
  const library = machine.library
  const onEvent = (event: ApplyEvent): void => {
    if (event.kind === 'planned')
      machine.fail({ fn: 'nvmlDeviceGetMigMode', error: 'NVML_ERROR_UNKNOWN' })
  }
  const error = await rejectionOf(applyMigConfig(sevenSmall, { library, onEvent }))
  expect(error.code).toBe('MIG_VERIFY_FAILED')
  expect(error.cause).toMatchObject({ fn: 'nvmlDeviceGetMigMode' })
  expect(error.report?.outcome).toBe('undone')
  expect((await readMigState({ library })).gpus[0]?.gpuInstances).toEqual([])
})

describe('processes before an apply', () => {
  test('a process in an instance that must go stops the apply before anything changes', async () => {
    using machine = createSimulatedMachine([withMig])
    const library = machine.library
    await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library })
    const [gpu] = (await readMigState({ library })).gpus
    machine.addProcess({
      pid: process.pid,
      gpu: 0,
      gpuInstanceId: gpu?.gpuInstances[0]?.id ?? -1,
      computeInstanceId: 0,
    })
    machine.resetCallCounts()
    const error = await rejectionOf(applyMigConfig(sevenSmall, { library }))
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toContain(String(process.pid))
    expect(machine.callCounts().changing).toBe(0)
  })

  test('a process in a wanted instance keeps the instance where it is', async () => {
    using machine = createSimulatedMachine([withMig])
    const library = machine.library
    await applyMigConfig(sevenSmall, { library })
    const [gpu] = (await readMigState({ library })).gpus
    const held = gpu?.gpuInstances.find((instance) => instance.placement.start === 3)
    machine.addProcess({ pid: 4711, gpu: 0, gpuInstanceId: held?.id ?? -1, computeInstanceId: 0 })
    const report = await applyMigConfig(wantOnAll({ '1g.5gb': 1, '3g.20gb': 1 }), { library })
    expect(report.outcome).toBe('applied')
    expect(report.gpus[0]?.kept.map((instance) => instance.placement.start)).toEqual([3])
  })

  test('a process on the whole GPU stops a change of its mode', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    const library = machine.library
    machine.addProcess({ pid: 4711, gpu: 0 })
    const error = await rejectionOf(applyMigConfig(sevenSmall, { library }))
    expect(error.code).toBe('MIG_IN_USE')
    expect(error.message).toContain('4711')
    expect((await readMigState({ library })).gpus[0]?.mig).toEqual({
      enabled: false,
      pending: false,
    })
  })
})

describe('a mode change that only a reset completes', () => {
  test('a mode change that needs a reset is undone, and the error says what to do', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
    const library = machine.library
    const error = await rejectionOf(applyMigConfig(sevenSmall, { library, reset: 'none' }))
    expect(error.code).toBe('MIG_RESET_REQUIRED')
    expect(error.hint).toMatch(/--gpu-reset/)
    expect(error.report?.outcome).toBe('undone')
    expect((await readMigState({ library })).gpus[0]?.mig).toEqual({
      enabled: false,
      pending: false,
    })
  })
})

/** The id of the first 1g.5gb that an apply creates. */
async function idOfFirstSmall(): Promise<number> {
  using machine = createSimulatedMachine([withMig])
  const report = await applyMigConfig(sevenSmall, { library: machine.library })
  const first = report.gpus[0]?.steps[0]?.step
  const start = first?.kind === 'create-gpu-instance' ? first.placement.start : -1
  const made = report.gpus[0]?.created.find((instance) => instance.placement.start === start)
  return made?.id ?? -1
}
