import { describe, expect, test } from 'vitest'
import { openSession } from '../../../../lib/driver/session.js'
import { applyMigConfig, checkpointMig, restoreMig } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { MigConfigDocument } from '../../../../types/config/config.js'
import type { LibraryRef } from '../../../../types/machine/options.js'
import type { SimulatedMachine } from '../../../../types/simulator/machine.js'
import { readMigState } from '../../../support/read-state.js'
import { placesOf, wantOnAll } from '../../../support/wanted.js'

const balanced = wantOnAll({ '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 })
const off: MigConfigDocument = {
  version: 'v1',
  'mig-configs': { off: [{ devices: 'all', 'mig-enabled': false }] },
}

async function places(library: LibraryRef): Promise<unknown> {
  return (await readMigState({ library })).gpus.map(placesOf)
}

async function changingCalls(machine: SimulatedMachine, work: () => Promise<unknown>) {
  machine.resetCallCounts()
  await work()
  return machine.callCounts().changing
}

describe('restoreMig', () => {
  test.each([
    ['from 7×1g', wantOnAll({ '1g.5gb': 7 })],
    ['from MIG off', off],
    ['from compute instances of other sizes', wantOnAll({ '1c.3g.20gb': 3, '2g.10gb': 1 })],
  ])(
    'a restore %s brings back every placement, and a second one changes nothing',
    async (_, other) => {
      using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
      const library = machine.library
      await applyMigConfig(balanced, { library })
      const before = await places(library)
      const checkpoint = await checkpointMig({ library })
      await applyMigConfig(other, { library })
      expect(await places(library)).not.toEqual(before)

      const report = await restoreMig(checkpoint, { library })
      expect(report.outcome).toBe('applied')
      expect(await places(library)).toEqual(before)
      expect(await changingCalls(machine, () => restoreMig(checkpoint, { library }))).toBe(0)
    },
  )

  test('a restore brings back placements that an apply would not choose', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    const library = machine.library
    await using session = await openSession({ library })
    const uuid = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
    // 1g.5gb at 1, and 2g.10gb at 2 without a compute instance: no driver would choose these.
    const { id } = await session.createGpuInstance(uuid, 19, { start: 1, size: 1 })
    await session.createComputeInstance(uuid, id, 0, null)
    await session.createGpuInstance(uuid, 14, { start: 2, size: 2 })
    // In the middle of three slices, where no driver would place one itself.
    const three = await session.createGpuInstance(uuid, 9, { start: 4, size: 4 })
    await session.createComputeInstance(uuid, three.id, 0, { start: 1, size: 1 })
    const before = await places(library)
    const checkpoint = await checkpointMig({ library })
    await applyMigConfig(off, { library })
    await restoreMig(checkpoint, { library })
    expect(await places(library)).toEqual(before)
  })

  test('a restore brings back the exact compute instance profile, where two have the same slices', async () => {
    using machine = createSimulatedMachine('H100-80GB-SXM +mig')
    const library = machine.library
    await using session = await openSession({ library })
    const uuid = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
    // 1g.20gb of Hopper has two profiles of one slice; an apply does not create the plain one.
    const { id } = await session.createGpuInstance(uuid, 15, null)
    await session.createComputeInstance(uuid, id, 0, null)
    const profileNow = async (): Promise<unknown> =>
      (await readMigState({ library })).gpus[0]?.gpuInstances[0]?.computeInstances[0]?.profileId
    expect(await profileNow()).toBe(0)
    const checkpoint = await checkpointMig({ library })
    await applyMigConfig(off, { library })
    await restoreMig(checkpoint, { library })
    expect(await profileNow()).toBe(0)
  })
})

test('a restore does not change instances that are at their placement already', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  await applyMigConfig(balanced, { library })
  const checkpoint = await checkpointMig({ library })
  const [three] =
    (await readMigState({ library })).gpus[0]?.gpuInstances.filter(
      ({ profileName }) => profileName === '3g.20gb',
    ) ?? []
  machine.addProcess({
    pid: 4711,
    gpu: 0,
    gpuInstanceId: three?.id ?? -1,
    computeInstanceId: 0,
  })
  await applyMigConfig(wantOnAll({ '1g.5gb': 4, '3g.20gb': 1 }), { library })
  const report = await restoreMig(checkpoint, { library })
  expect(report.gpus[0]?.kept.map(({ profileName }) => profileName)).toContain('3g.20gb')
})

test('a restore leaves GPUs alone that the checkpoint lacks or that do not support MIG', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig, T4')
  const library = machine.library
  const whole = await checkpointMig({ library })
  expect(whole.gpus).toHaveLength(2)
  const second = { ...whole, gpus: whole.gpus.slice(1) }
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library })
  await restoreMig(second, { library })
  const { gpus } = await readMigState({ library })
  expect(gpus.map(({ gpuInstances }) => gpuInstances.length)).toEqual([1, 0, 0])
})

test('a restore leaves a mode pending that was pending in the checkpoint', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB', { resetPolicy: 'manual' })
  const library = machine.library
  await using session = await openSession({ library })
  const uuid = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
  await session.setMigMode(uuid, true)
  const checkpoint = await checkpointMig({ library })
  expect(checkpoint.gpus[0]?.mig).toEqual({ enabled: false, pending: true })
  expect(await changingCalls(machine, () => restoreMig(checkpoint, { library }))).toBe(0)
})

test('an instance in use blocks a restore before anything changes', async () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  const library = machine.library
  await applyMigConfig(balanced, { library })
  const checkpoint = await checkpointMig({ library })
  await applyMigConfig(wantOnAll({ '7g.40gb': 1 }), { library })
  machine.addProcess({ pid: 4711, gpu: 0, gpuInstanceId: 0, computeInstanceId: 0, name: 'train' })
  const attempt = restoreMig(checkpoint, { library })
  await expect(attempt).rejects.toMatchObject({
    code: 'MIG_IN_USE',
    message: expect.stringContaining('4711'),
  })
  const calls = await changingCalls(machine, async () => {
    await restoreMig(checkpoint, { library, dryRun: true }).catch(() => {})
  })
  expect(calls).toBe(0)
})

test('a restore that fails is undone', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  const library = machine.library
  await applyMigConfig(balanced, { library })
  const checkpoint = await checkpointMig({ library })
  await applyMigConfig(wantOnAll({ '1g.5gb': 7 }), { library })
  const before = await places(library)
  machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    nth: 2,
    error: 'NVML_ERROR_UNKNOWN',
  })
  await expect(restoreMig(checkpoint, { library })).rejects.toMatchObject({
    code: 'MIG_STEP_FAILED',
    report: { outcome: 'undone' },
  })
  expect(await places(library)).toEqual(before)
})
