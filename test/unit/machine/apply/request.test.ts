import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  applyMigConfig,
  assertMigConfig,
  planMigConfig,
  readMigState,
  startMigConfig,
  withMigConfig,
} from '../../../../lib/index.js'
import { requireListed } from '../../../../lib/model/unlisted.js'
import { openNvml } from '../../../../lib/nvml.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { GpuState } from '../../../../types/model/state.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { rejectionOf } from '../../../support/errors.js'
import { countDevices, placesOf } from '../../../support/wanted.js'
import { scratchFolder } from '../../simulator/fixtures/scratch.js'

async function gpuOf({ library }: SimulatedMachine, index = 0): Promise<GpuState> {
  const gpu = (await readMigState({ library })).gpus[index]
  if (gpu === undefined) throw new Error('no GPU')
  return requireListed(gpu)
}

/** What the driver did since the last reset of the counts. */
const destroyed = (machine: SimulatedMachine): number => {
  const { byFunction } = machine.callCounts()
  return (
    (byFunction['nvmlGpuInstanceDestroy'] ?? 0) + (byFunction['nvmlComputeInstanceDestroy'] ?? 0)
  )
}

async function makeBare({ library }: SimulatedMachine, name: string, start: number): Promise<void> {
  const { gpus } = await readMigState({ library })
  const [gpu] = gpus
  const profile = gpu?.geometry?.profiles.find((each) => each.name === name)
  const placement = profile?.placements.find((place) => place.start === start)
  if (gpu === undefined || profile === undefined || placement === undefined) throw new Error(name)
  await using nvml = await openNvml({ library })
  await nvml.deviceCreateGpuInstanceWithPlacement(gpu.uuid, profile.id, placement)
}

describe('a request instead of a document', () => {
  test('a GPU gets exactly the devices of a request, and other GPUs stay as they are', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB')
    const { library } = machine
    const first = await applyMigConfig({ gpu: 0, migDevices: { '1g.5gb': 7 } }, { library })
    expect([first.outcome, first.plan.config]).toEqual(['applied', '1g.5gb=7'])
    await applyMigConfig({ gpu: 0, migDevices: { '3g.20gb': 1, '1c.2g.10gb': 2 } }, { library })
    expect(countDevices(await gpuOf(machine))).toEqual({ '3g.20gb': 1, '1c.2g.10gb': 2 })
    expect((await gpuOf(machine, 1)).mig?.enabled).toBe(false)
  })

  test('plan, start, assert and hold take a request as well', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    const { library } = machine
    const request = { gpu: 0, migDevices: { '3g.20gb': 2 } }
    expect((await planMigConfig(request, { library })).gpus[0]?.steps).toHaveLength(5)
    expect((await assertMigConfig(request, { library })).matches).toBe(false)
    const held = await withMigConfig(
      request,
      async () => (await assertMigConfig(request, { library })).matches,
      { library },
    )
    expect(held).toBe(true)
    expect((await gpuOf(machine)).mig?.enabled).toBe(false)
    expect((await startMigConfig(request, { library }).report).outcome).toBe('applied')
  })

  test('a request that adds cannot be asserted', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const request = { gpu: 0, migDevices: { '1g.5gb': 1 }, add: true }
    const error = await rejectionOf(assertMigConfig(request, { library: machine.library }))
    expect(error).toMatchObject({ code: 'MIG_CONFIG_INVALID', issues: [{ path: ['add'] }] })
  })
})

describe('removing all instances', () => {
  test('a request for no devices empties a GPU and leaves its MIG mode on', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    const { library } = machine
    await applyMigConfig({ gpu: 0, migDevices: { '1g.5gb': 3 } }, { library })
    await makeBare(machine, '3g.20gb', 4)
    await applyMigConfig({ gpu: 0, migDevices: {} }, { library })
    const { gpuInstances, mig } = await gpuOf(machine)
    expect({ gpuInstances, enabled: mig?.enabled }).toEqual({ gpuInstances: [], enabled: true })
  })

  test('a request for no devices changes nothing where MIG is off or impossible', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB, T4')
    const { library } = machine
    const { outcome } = await applyMigConfig({ gpu: [0, 1], migDevices: {} }, { library })
    expect(outcome).toBe('unchanged')
    expect((await gpuOf(machine)).mig?.enabled).toBe(false)
  })

  test('a mode that waits for a reset goes on waiting when the instances go', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
    const { library } = machine
    await applyMigConfig({ gpu: 0, migDevices: { '1g.5gb': 1 } }, { library })
    const off = { gpu: 0, migEnabled: false }
    await applyMigConfig(off, { library, skipReset: true, modeOnly: true })
    const { mig } = await gpuOf(machine)
    expect(mig).toEqual({ enabled: true, pending: false })
    await applyMigConfig({ gpu: 0, migDevices: {} }, { library })
    expect((await gpuOf(machine)).mig).toEqual(mig)
  })

  test('a process that uses an instance keeps it, and the error names the process', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    await applyMigConfig({ gpu: 0, migDevices: { '1g.5gb': 2 } }, { library })
    const [instance] = (await gpuOf(machine)).gpuInstances
    const gpuInstanceId = instance?.id ?? -1
    machine.addProcess({ pid: 4711, gpu: 0, gpuInstanceId, computeInstanceId: 0, name: 'train' })
    machine.resetCallCounts()
    const error = await rejectionOf(applyMigConfig({ gpu: 0, migDevices: {} }, { library }))
    expect(error).toMatchObject({ code: 'MIG_IN_USE', holders: [{ pid: 4711 }] })
    expect(error.message).toContain('train (pid 4711) uses 1g.5gb')
    expect(destroyed(machine)).toBe(0)
  })
})

describe('adding devices', () => {
  test('every instance stays where it is, in use or not, and nothing is destroyed', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    const { library } = machine
    await applyMigConfig({ gpu: 0, migDevices: { '1g.5gb': 1, '1c.2g.10gb': 1 } }, { library })
    await makeBare(machine, '3g.20gb', 4)
    const before = await gpuOf(machine)
    machine.resetCallCounts()
    const request = { gpu: 0, migDevices: { '1g.5gb': 1 }, add: true }
    const report = await applyMigConfig(request, { library })
    const after = await gpuOf(machine)
    expect(report).toMatchObject({ outcome: 'applied', plan: { config: 'add 1g.5gb' } })
    expect(after.gpuInstances).toEqual(expect.arrayContaining([...before.gpuInstances]))
    expect(after.gpuInstances).toHaveLength(before.gpuInstances.length + 1)
    expect(countDevices(after)).toEqual({ '1g.5gb': 2, '1c.2g.10gb': 1 })
    expect(destroyed(machine)).toBe(0)
  })

  test('new compute instances go where there is room before new GPU instances come', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    const { library } = machine
    const half = { gpu: 0, migDevices: { '1c.2g.10gb': 1 } }
    await applyMigConfig(half, { library })
    await makeBare(machine, '3g.20gb', 0)
    const before = (await gpuOf(machine)).gpuInstances.map(({ id }) => id)
    await applyMigConfig({ ...half, add: true }, { library })
    await applyMigConfig({ gpu: 0, migDevices: { '3g.20gb': 1 }, add: true }, { library })
    const after = await gpuOf(machine)
    expect(after.gpuInstances.map(({ id }) => id)).toEqual(before)
    expect(countDevices(after)).toEqual({ '1c.2g.10gb': 2, '3g.20gb': 1 })
  })

  test('adding twice adds two, and a dry run adds none', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    const request = { gpu: 0, migDevices: { '2g.10gb': 1 }, add: true }
    expect((await applyMigConfig(request, { library, dryRun: true })).outcome).toBe('planned')
    for (const _ of [1, 2]) await applyMigConfig(request, { library })
    expect(countDevices(await gpuOf(machine))).toEqual({ '2g.10gb': 2 })
  })

  test('what does not fit beside the present devices is refused with what would', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const { library } = machine
    await applyMigConfig({ gpu: 0, migDevices: { '1g.5gb': 5 } }, { library })
    const before = placesOf(await gpuOf(machine))
    const request = { gpu: 0, migDevices: { '3g.20gb': 1 }, add: true }
    const error = await rejectionOf(applyMigConfig(request, { library }))
    expect(error).toMatchObject({
      code: 'MIG_PARTITION_INFEASIBLE',
      issues: [{ path: ['migDevices'] }],
    })
    expect(error.message).toContain('1 × 3g.20gb, beside what stays: ')
    // Two slices are left, and the units from 5 to 7: a 1g.10gb lies at 6, and a 2g.10gb has no place.
    expect(error.message).toMatch(/; 1 × 1g\.10gb; or .* would fit$/)
    expect(error.message).not.toContain('2g.10gb')
    expect(placesOf(await gpuOf(machine))).toEqual(before)
  })

  test('MIG is not turned on for an addition, and the error says so', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB')
    const { library } = machine
    const request = { gpu: 0, migDevices: { '1g.5gb': 1 }, add: true }
    const error = await rejectionOf(applyMigConfig(request, { library }))
    expect(error.code).toBe('MIG_MODE_OFF')
    expect((await gpuOf(machine)).mig?.enabled).toBe(false)
  })

  test('a mode that waits for a reset goes on waiting', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { resetPolicy: 'manual' })
    const { library } = machine
    const off = { gpu: 0, migEnabled: false }
    await applyMigConfig(off, { library, skipReset: true, modeOnly: true })
    await applyMigConfig({ gpu: 0, migDevices: { '1g.5gb': 1 }, add: true }, { library })
    expect((await gpuOf(machine)).mig).toEqual({ enabled: true, pending: false })
  })

  test('what an interrupted apply has left does not count as being there', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig', {
      store: join(scratchFolder(), 'machine'),
    })
    const { library } = machine
    const add = (name: string) =>
      applyMigConfig({ gpu: 0, migDevices: { [name]: 1 }, add: true }, { library })
    const broken = { times: 1000, error: 'NVML_ERROR_UNKNOWN' }
    machine.fail({ fn: 'nvmlGpuInstanceCreateComputeInstance', ...broken })
    machine.fail({ fn: 'nvmlGpuInstanceDestroy', ...broken })
    expect((await rejectionOf(add('3g.20gb'))).report?.outcome).toBe('failed')
    machine.clearFaults()
    expect((await gpuOf(machine)).gpuInstances).toHaveLength(1)
    const { recovered } = await add('1g.5gb')
    expect(recovered).toMatchObject([{ config: 'add 3g.20gb', outcome: 'undone' }])
    const after = await gpuOf(machine)
    expect(countDevices(after)).toEqual({ '1g.5gb': 1 })
    expect(after.gpuInstances).toHaveLength(1)
  })
})
