import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type DriverSession, openSession } from '../../../../lib/driver/session.js'
import { isMigError } from '../../../../lib/errors.js'
import { openNvml } from '../../../../lib/nvml.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { GpuState } from '../../../../types/model/state.js'

async function firstGpu(session: DriverSession): Promise<GpuState> {
  const [gpu] = (await session.readListedState()).gpus
  if (gpu === undefined) throw new Error('no GPU')
  return gpu
}

const manual = { resetPolicy: 'manual' } as const

describe('a reset', () => {
  test('a reset happens while NVML is closed, and the session goes on', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB', manual)
    await using session = await openSession({ library: machine.library })
    const { uuid } = await firstGpu(session)
    expect((await session.setMigMode(uuid, true)).activation).toBe(16)
    // The simulated driver refuses it while this process has NVML open, as the real one does.
    await session.resetGpu(uuid)
    expect(await session.readMigMode(uuid)).toEqual({ enabled: true, pending: true })
    const gpus = (await session.readListedState()).gpus
    expect(gpus.map((gpu) => gpu.mig?.enabled)).toEqual([true, false])
  })

  test('a reset closes all sessions of the thread on that machine, and no others', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', manual)
    using elsewhere = createSimulatedMachine('A100-SXM4-40GB')
    const reading: Promise<unknown>[] = []
    const reset = async (): Promise<void> => {
      // Calls that come meanwhile wait.
      reading.push(second.readMigMode(uuid), raw.deviceGetMigMode(uuid), session.readListedState())
      await setImmediate()
      machine.resetGpu(0)
    }
    await using session = await openSession({ library: machine.library, reset })
    await using second = await openSession({ library: machine.library })
    await using raw = await openNvml({ library: machine.library })
    await using other = await openSession({ library: elsewhere.library })
    await other.readState()
    elsewhere.resetCallCounts()
    const { uuid } = await firstGpu(session)
    await session.setMigMode(uuid, true)
    await session.resetGpu(uuid)
    const [mode, modeOfRaw] = await Promise.all(reading)
    expect(mode).toEqual({ enabled: true, pending: true })
    expect(modeOfRaw).toEqual({ current: 1, pending: 1 })
    expect(elsewhere.callCounts().total).toBe(0)
  })

  test('a reset waits for calls that have begun', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', manual)
    await using session = await openSession({ library: machine.library })
    await using second = await openSession({ library: machine.library })
    const { uuid } = await firstGpu(session)
    await session.setMigMode(uuid, true)
    machine.fail({ fn: 'nvmlDeviceGetMigMode', hangMs: 300 })
    const slow = second.readMigMode(uuid)
    await session.resetGpu(uuid)
    expect(await slow).toEqual({ enabled: false, pending: true })
  })

  test('a reset function gets the GPU, while NVML is closed', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB', manual)
    const library = machine.library
    const seen: [number, boolean][] = []
    const reset = async (gpu: GpuState): Promise<void> => {
      const { byFunction } = machine.callCounts()
      seen.push([gpu.index, byFunction['nvmlInit_v2'] === byFunction['nvmlShutdown']])
      machine.resetGpu(gpu.index)
    }
    await using session = await openSession({ library, reset })
    const uuid = (await session.readListedState()).gpus[1]?.uuid ?? 'GPU-'
    await session.setMigMode(uuid, true)
    await session.resetGpu(uuid)
    expect(seen).toEqual([[1, true]])
    expect((await session.readMigMode(uuid)).enabled).toBe(true)
  })

  test('resets of several GPUs run one after the other', async () => {
    using machine = createSimulatedMachine('4x A100-SXM4-40GB', manual)
    await using session = await openSession({ library: machine.library })
    const { gpus } = await session.readListedState()
    await Promise.all(gpus.map((gpu) => session.setMigMode(gpu.uuid, true)))
    await Promise.all(gpus.map((gpu) => session.resetGpu(gpu.uuid)))
    const modes = (await session.readListedState()).gpus.map((gpu) => gpu.mig?.enabled)
    expect(modes).toEqual([true, true, true, true])
  })

  test.each([
    ['in-use', 'MIG_RESET_REQUIRED', /IN_USE/],
    ['refused', 'MIG_REBOOT_REQUIRED', /NOT_SUPPORTED/],
    ['none', 'MIG_RESET_REQUIRED', /none/],
    ['function', 'MIG_RESET_REQUIRED', /mine/],
    ['nvidia-smi', 'MIG_RESET_REQUIRED', /cannot reach/],
    ['sysfs', 'MIG_RESET_REQUIRED', /cannot reach/],
  ] as const)(
    'the error of a refused reset (%s) says why, and the session goes on',
    async (how, code, why) => {
      using machine = createSimulatedMachine('A100-SXM4-40GB', {
        resetPolicy: how === 'refused' ? 'refused' : 'manual',
      })
      const mine = () => Promise.reject(new Error('mine'))
      const named = { none: 'none', 'nvidia-smi': 'nvidia-smi', sysfs: 'sysfs' } as const
      const reset =
        how === 'function' ? { reset: mine } : how in named ? { reset: named[how as 'none'] } : {}
      await using session = await openSession({ library: machine.library, ...reset })
      const { uuid } = await firstGpu(session)
      if (how === 'in-use') machine.addProcess({ pid: 4711, gpu: 0 })
      const error = await session.resetGpu(uuid).catch((thrown: unknown) => thrown)
      if (!isMigError(error)) throw error
      expect([error.code, error.message]).toEqual([code, expect.stringMatching(why)])
      expect(error.hint).toBeTruthy()
      expect((await firstGpu(session)).uuid).toBe(uuid)
    },
  )

  test('the error of a reset without permission suggests root', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', { privileges: 'config' })
    await using session = await openSession({ library: machine.library })
    const { uuid } = await firstGpu(session)
    const error = await session.resetGpu(uuid).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'MIG_RESET_REQUIRED', hint: expect.stringMatching(/root/) })
  })
})

describe('after a reset', () => {
  test('every call rejects until a driver is back after a reset', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', manual)
    await using session = await openSession({ library: machine.library })
    const { uuid } = await firstGpu(session)
    machine.fail({ fn: 'nvmlInit_v2', times: 3, error: 'NVML_ERROR_DRIVER_NOT_LOADED' })
    await session.resetGpu(uuid)
    const dead = { code: 'NVML_ERROR_DRIVER_NOT_LOADED' }
    await expect(session.readListedState()).rejects.toMatchObject(dead)
    await expect(session.readMigMode(uuid)).rejects.toMatchObject(dead)
    expect((await firstGpu(session)).uuid).toBe(uuid)
  })

  test('a session that was closed during a reset stays closed', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', manual)
    const session = await openSession({ library: machine.library })
    const second = await openSession({ library: machine.library })
    const { uuid } = await firstGpu(session)
    const work = session.resetGpu(uuid)
    await Promise.all([work, second.close()])
    await expect(second.readState()).rejects.toThrow(TypeError)
    expect((await firstGpu(session)).uuid).toBe(uuid)
    await session.close()
    const { byFunction } = machine.callCounts()
    expect(byFunction['nvmlInit_v2']).toBe(byFunction['nvmlShutdown'])
  })

  test('call counts of a session continue after a reset', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', manual)
    await using session = await openSession({ library: machine.library })
    const { uuid } = await firstGpu(session)
    await session.setMigMode(uuid, true)
    const before = session.callCounts()
    await session.resetGpu(uuid)
    const after = session.callCounts()
    expect(after.changing).toBe(before.changing)
    expect(after.total).toBeGreaterThan(before.total)
    expect(after.gpus[uuid]?.changing).toBe(1)
    expect(after.total).toBeLessThanOrEqual(machine.callCounts().total)
  })
})

test.each([
  ['A100-SXM4-40GB', 'R580', true],
  ['A30', 'R470', true],
  ['H100-80GB-SXM', 'R580', false],
  // Before R535, the driver does not say, and the architecture decides.
  ['H100-80GB-SXM', 'R525', false],
])('whether %s on %s changes its mode by a reset: %s', async (model, driver, expected) => {
  using machine = createSimulatedMachine(model, { driver })
  await using session = await openSession({ library: machine.library })
  expect(await session.changesModeByReset((await firstGpu(session)).uuid)).toBe(expected)
})
