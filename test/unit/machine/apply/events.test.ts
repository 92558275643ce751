import { describe, expect, test } from 'vitest'
import { applyMigConfig, exportMigConfig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { ApplyEvent } from '../../../../types/machine/events.js'
import { rejectionOf } from '../../../support/errors.js'
import { readMigState } from '../../../support/read-state.js'
import { countDevices, wantOnAll } from '../../../support/wanted.js'

const sevenSmall = wantOnAll({ '1g.5gb': 7 })
const withMig = { model: 'A100-SXM4-40GB', migEnabled: true } as const

describe('events of an apply', () => {
  test('the events report every step of every GPU in the order of its plan', async () => {
    using machine = createSimulatedMachine([{ ...withMig, count: 3 }])
    const events: ApplyEvent[] = []
    const report = await applyMigConfig(sevenSmall, {
      library: machine.library,
      onEvent: (event) => events.push(event),
    })
    expect(events[0]?.kind).toBe('planned')
    expect(events.at(-1)?.kind).toBe('verified')
    for (const { gpu, steps } of report.plan.gpus) {
      const told = events.flatMap((event) =>
        'step' in event && event.step?.gpu === gpu ? [[event.kind, event.step]] : [],
      )
      expect(told).toEqual(
        steps.flatMap((step) => [
          ['step-started', step],
          ['step-done', step],
        ]),
      )
    }
  })

  test('the events show one GPU after the other, because the driver makes one change at a time', async () => {
    using machine = createSimulatedMachine([{ ...withMig, count: 3 }])
    const started: number[] = []
    const report = await applyMigConfig(sevenSmall, {
      library: machine.library,
      onEvent: (event) => {
        if (event.kind === 'step-started') started.push(event.step.gpuIndex)
      },
    })
    expect(report.outcome).toBe('applied')
    // Seven GPU instances, each with its compute instance.
    expect(started).toEqual([0, 1, 2].flatMap((gpu) => Array(14).fill(gpu)))
  })

  test('an error thrown by the listener stops the apply, and the apply is undone', async () => {
    using machine = createSimulatedMachine([withMig])
    const library = machine.library
    const mine = new Error('mine')
    const error = await rejectionOf(
      applyMigConfig(sevenSmall, {
        library,
        onEvent: (event) => {
          if (event.kind === 'step-done') throw mine
        },
      }),
    )
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: mine })
    expect(error.report?.outcome).toBe('undone')
    expect((await readMigState({ library })).gpus[0]?.gpuInstances).toEqual([])
  })
})

describe('driver calls of an apply', () => {
  test('an apply that changes nothing does not read processes', async () => {
    using machine = createSimulatedMachine([withMig])
    const library = machine.library
    await applyMigConfig(sevenSmall, { library })
    machine.resetCallCounts()
    await applyMigConfig(sevenSmall, { library })
    const asked = Object.keys(machine.callCounts().byFunction)
    expect(asked.filter((fn) => fn.includes('Process'))).toEqual([])
  })
})

describe('compute instances', () => {
  test('compute instances of Hopper’s 1g with twice the memory get all of its multiprocessors', async () => {
    using machine = createSimulatedMachine([{ model: 'h100-80gb-sxm', migEnabled: true }])
    const report = await applyMigConfig(wantOnAll({ '1g.20gb': 2 }), { library: machine.library })
    const devices = report.after.gpus[0]?.gpuInstances.flatMap((each) => each.computeInstances)
    // nvidia-smi creates id 7 there, NVML's 1_SLICE_REV1.
    expect(devices?.map((device) => device.profileId)).toEqual([7, 7])
  })

  test.each([
    { devices: { '1c.3g.20gb': 2, '2c.3g.20gb': 2 }, instances: 2 },
    { devices: { '1c.2g.10gb': 6 }, instances: 3 },
    { devices: { '3g.20gb': 1, '1c.3g.20gb': 3 }, instances: 2 },
  ])('$devices share $instances GPU instances', async ({ devices, instances }) => {
    using machine = createSimulatedMachine([withMig])
    const report = await applyMigConfig(wantOnAll(devices), { library: machine.library })
    const [gpu] = report.after.gpus
    expect(gpu?.gpuInstances).toHaveLength(instances)
    expect(gpu && countDevices(gpu)).toEqual(devices)
  })
})

describe('a driver without placed creation', () => {
  test.each([
    { '1g.5gb': 7 },
    { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 },
    { '1g.5gb': 1, '4g.20gb': 1 },
    { '2g.10gb': 2 },
  ])(
    'a driver without placed creation is brought to %j, and no other instance stays',
    async (devices) => {
      // Placed creation came with 460.32; before it the driver chooses.
      using machine = createSimulatedMachine([withMig], { driver: '450.80.02' })
      const library = machine.library
      const report = await applyMigConfig(wantOnAll(devices), { library })
      expect(report.outcome).toBe('applied')
      const [gpu] = (await readMigState({ library })).gpus
      expect(gpu && countDevices(gpu)).toEqual(devices)
      const report2 = await applyMigConfig(wantOnAll({ '3g.20gb': 1, '2g.10gb': 1 }), { library })
      expect(report2.outcome).toBe('applied')
    },
  )
})

test('an export without a name is called current', async () => {
  using machine = createSimulatedMachine([withMig])
  const document = await exportMigConfig({ library: machine.library })
  expect(Object.keys(document['mig-configs'] ?? {})).toEqual(['current'])
})

test('a report is plain data that survives a message to another thread', async () => {
  using machine = createSimulatedMachine([withMig])
  const report = await applyMigConfig(sevenSmall, { library: machine.library })
  expect(structuredClone(report)).toEqual(report)
})
