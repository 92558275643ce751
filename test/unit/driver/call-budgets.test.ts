import { beforeEach, expect, test } from 'vitest'
import { type DriverSession, openSession } from '../../../lib/driver/session.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { SimulatedMachine } from '../../../types/simulator/machine.js'
import { createDevices } from '../../support/layouts.js'

// A process remembers what it has read about a GPU, so each test has its own GPU.
let seed = 1000
let machine: SimulatedMachine

beforeEach(() => {
  machine = createSimulatedMachine('1x A100-SXM4-40GB +mig', { seed: seed++ })
  return () => machine.close()
})

const sevenSmall = Array.from({ length: 7 }, () => '1g.5gb')

/** How many NVML calls it takes from opening to closing. */
async function counted(look: (session: DriverSession) => Promise<unknown>): Promise<number> {
  machine.resetCallCounts()
  const session = await openSession({ library: machine.library })
  await look(session)
  await session.close()
  return machine.callCounts().total
}

async function fill(): Promise<void> {
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readListedState()).gpus[0]?.uuid ?? 'GPU-'
  await createDevices(session, gpu, sevenSmall)
}

test('a further read of seven 1g.5gb takes at most 60 NVML calls', async () => {
  await fill()
  const calls = await counted(async (session) => {
    expect((await session.readListedState()).gpus[0]?.gpuInstances).toHaveLength(7)
  })
  expect(calls).toBeLessThanOrEqual(60)
})

test('a read of an empty GPU makes each call once', async () => {
  await counted((session) => session.readListedState())
  const { byFunction } = machine.callCounts()
  expect(byFunction['nvmlInit_v2']).toBe(1)
  expect(byFunction['nvmlShutdown']).toBe(1)
  expect(byFunction['nvmlDeviceGetGpuInstancePossiblePlacements_v2']).toBe(7)
  expect(byFunction['nvmlDeviceGetGpuInstanceProfileInfoV']).toBeLessThanOrEqual(19)
})

test('each change takes the fewest possible NVML calls', async () => {
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readListedState()).gpus[0]?.uuid ?? 'GPU-'
  const calls = async (change: () => Promise<unknown>): Promise<number> => {
    machine.resetCallCounts()
    await change()
    return machine.callCounts().total
  }
  let id = 0
  let computeId = 0
  expect(await calls(async () => ({ id } = await session.createGpuInstance(gpu, 19, null)))).toBe(2)
  expect(
    await calls(async () => {
      ;({ id: computeId } = await session.createComputeInstance(gpu, id, 0, null))
    }),
  ).toBe(3)
  expect(await calls(() => session.destroyComputeInstance(gpu, id, computeId))).toBe(3)
  expect(await calls(() => session.destroyGpuInstance(gpu, id))).toBe(2)
})

test('going from an empty GPU to seven 1g.5gb, with a read before and after, takes at most 150 NVML calls', async () => {
  const calls = await counted(async (session) => {
    const gpu = (await session.readListedState()).gpus[0]?.uuid ?? 'GPU-'
    for (const { start, size } of [0, 1, 2, 3, 4, 5, 6].map((n) => ({ start: n, size: 1 }))) {
      const { id } = await session.createGpuInstance(gpu, 19, { start, size })
      const [profile] = await session.readComputeInstanceProfiles(gpu, id, 19)
      await session.createComputeInstance(gpu, id, profile?.id ?? 0, null)
    }
    expect((await session.readListedState()).gpus[0]?.gpuInstances).toHaveLength(7)
  })
  expect(calls).toBeLessThanOrEqual(150)
})

test('going from seven 1g.5gb to a balanced GPU takes at most 200 NVML calls', async () => {
  await fill()
  const calls = await counted(async (session) => {
    const [before] = (await session.readListedState()).gpus
    const gpu = before?.uuid ?? 'GPU-'
    for (const { id, placement, computeInstances } of before?.gpuInstances ?? []) {
      if (placement.start === 2 || placement.start === 3) continue
      for (const { id: computeId } of computeInstances)
        await session.destroyComputeInstance(gpu, id, computeId)
      await session.destroyGpuInstance(gpu, id)
    }
    for (const [profileId, start, size, slices] of [
      [14, 0, 2, 2],
      [9, 4, 4, 3],
    ] as const) {
      const { id } = await session.createGpuInstance(gpu, profileId, { start, size })
      const profiles = await session.readComputeInstanceProfiles(gpu, id, profileId)
      const full = profiles.find(({ sliceCount }) => sliceCount === slices)
      await session.createComputeInstance(gpu, id, full?.id ?? 0, null)
    }
    expect(
      (await session.readListedState()).gpus[0]?.gpuInstances.map(({ profileName }) => profileName),
    ).toEqual(['2g.10gb', '1g.5gb', '1g.5gb', '3g.20gb'])
  })
  expect(calls).toBeLessThanOrEqual(200)
})
