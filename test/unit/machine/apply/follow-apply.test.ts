import { channel, tracingChannel } from 'node:diagnostics_channel'
import { afterEach, describe, expect, test } from 'vitest'
import { applyMigConfig, startMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import type { ApplyTrace, StepTrace } from '../../../../types/machine/tracing.js'
import { wantOnAll } from '../../../support/wanted.js'

const sevenSmall = wantOnAll({ '1g.5gb': 7 })
const failing = {
  fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
  nth: 3,
  error: 'NVML_ERROR_UNKNOWN',
}

describe('startMigConfig', () => {
  test('startMigConfig yields the events that a listener gets, and the report', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const heard: ApplyEvent[] = []
    const run = startMigConfig(sevenSmall, {
      library: machine.library,
      onEvent: (event) => heard.push(event),
    })
    const events: ApplyEvent[] = []
    for await (const event of run) events.push(event)
    expect(events).toEqual(heard)
    expect(events.at(0)?.kind).toBe('planned')
    expect(events.at(-1)?.kind).toBe('verified')
    expect((await run.report).outcome).toBe('applied')
  })

  test('startMigConfig yields all events to a loop that begins late', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const run = startMigConfig(sevenSmall, { library: machine.library })
    await run.report
    const kinds: string[] = []
    for await (const { kind } of run) kinds.push(kind)
    expect(kinds.filter((kind) => kind === 'step-done')).toHaveLength(14)
  })

  test('the loop over the events of a failing apply throws its error after all events', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    machine.fail(failing)
    const kinds: string[] = []
    const loop = async (): Promise<void> => {
      const run = startMigConfig(sevenSmall, { library: machine.library })
      for await (const { kind } of run) kinds.push(kind)
    }
    await expect(loop()).rejects.toMatchObject({ code: 'MIG_STEP_FAILED' })
    expect(kinds).toContain('step-failed')
    expect(kinds.at(-1)).toBe('step-undone')
  })

  test('an apply continues after the loop over its events is left', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const run = startMigConfig(sevenSmall, { library: machine.library })
    for await (const event of run) if (event.kind === 'step-done') break
    expect((await run.report).outcome).toBe('applied')
  })

  test('the report of a failing apply rejects after the loop over its events is left', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    machine.fail(failing)
    const run = startMigConfig(sevenSmall, { library: machine.library })
    for await (const event of run) if (event.kind === 'step-done') break
    await expect(run.report).rejects.toMatchObject({ code: 'MIG_STEP_FAILED' })
  })
})

describe('tracing', () => {
  const applies = tracingChannel<unknown, ApplyTrace>('mig-nvml:apply')
  const steps = tracingChannel<unknown, StepTrace>('mig-nvml:step')
  const ignore = (): void => {}
  const seen: string[] = []
  const onApply = {
    start: ignore,
    end: ignore,
    asyncStart: ignore,
    asyncEnd: ({ plan, result, error }: ApplyTrace) =>
      seen.push(`${plan?.config} ${result?.outcome ?? (error as { code: string }).code}`),
    error: ignore,
  }
  const onStep = {
    end: ignore,
    asyncStart: ignore,
    asyncEnd: ignore,
    start: ({ step, undo }: StepTrace) => seen.push(`${undo ? 'undo: ' : ''}${step.kind}`),
    error: ({ error }: StepTrace) => seen.push((error as { code: string }).code),
  }

  afterEach(() => {
    applies.unsubscribe(onApply)
    steps.unsubscribe(onStep)
    seen.length = 0
  })

  test('the tracing channels report an apply and each of its steps', async () => {
    applies.subscribe(onApply)
    steps.subscribe(onStep)
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    await applyMigConfig(wantOnAll({ '3g.20gb': 1 }), { library: machine.library })
    expect(seen).toEqual(['create-gpu-instance', 'create-compute-instance', 'wanted applied'])
  })

  test('the tracing channels report the steps of an undo, and the failure', async () => {
    applies.subscribe(onApply)
    steps.subscribe(onStep)
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    machine.fail({ ...failing, fn: 'nvmlGpuInstanceCreateComputeInstance', nth: 1 })
    await applyMigConfig(wantOnAll({ '3g.20gb': 1 }), { library: machine.library }).catch(ignore)
    expect(seen).toEqual([
      ...['create-gpu-instance', 'create-compute-instance', 'NVML_ERROR_UNKNOWN'],
      ...['undo: destroy-gpu-instance', 'wanted MIG_STEP_FAILED'],
    ])
  })

  test('the tracing channels have no subscribers of their own', () => {
    for (const name of ['apply', 'step'])
      expect(channel(`tracing:mig-nvml:${name}:start`).hasSubscribers).toBe(false)
  })
})
