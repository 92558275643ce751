// What a process reads without mig/config, compared with what root reads on the same machine, or with NVIDIA's names.
import { describe, expect, test } from 'vitest'
import { openSession } from '../../../lib/driver/session.js'
import { readMigState } from '../../../lib/index.js'
import { listSeenDevices } from '../../../lib/model/state.js'
import { openNvml } from '../../../lib/nvml.js'
import { createSimulatedMachine, listSimulatedModels } from '../../../lib/simulator.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import { createDevices } from '../../support/layouts.js'
import { divideMachine } from './divided-machine.js'

const uuidsIn = (gpu: AnyGpuState | undefined): readonly unknown[] =>
  (gpu === undefined ? [] : listSeenDevices(gpu)).map(({ uuid }) => uuid)

describe('with mig/monitor alone', () => {
  test('with mig/monitor alone, a divided GPU lists no instances, and shows each MIG device that root sees', async () => {
    using machine = await divideMachine()
    const asRoot = (await readMigState({ library: machine.library })).gpus
    machine.setPrivileges('monitor')
    const { gpus } = await readMigState({ library: machine.library })
    expect(gpus.map(({ gpuInstances }) => gpuInstances)).toEqual([null, null, []])
    expect(gpus.map(uuidsIn).map((uuids) => uuids.toSorted())).toEqual(
      asRoot.map(uuidsIn).map((uuids) => uuids.toSorted()),
    )
    const half = asRoot[1]?.gpuInstances?.find(({ profileId }) => profileId === 9)
    expect(gpus[1]).toMatchObject({
      lacks: 'mig/config',
      seesAllDevices: true,
      memoryMiB: 40960,
      geometry: asRoot[1]?.geometry,
      migDevices: [
        {
          name: '2c.3g.20gb',
          profileId: 9,
          sliceCount: 2,
          memoryMiB: 19968,
          gpuInstanceId: half?.id,
          computeInstanceId: 0,
        },
      ],
    })
  })

  test('with mig/monitor alone, a GPU with only an empty GPU instance does not count as empty', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    await using session = await openSession({ library: machine.library })
    const [gpu] = (await session.readState()).gpus
    await session.createGpuInstance(gpu?.uuid ?? 'GPU-', 19, null)
    machine.setPrivileges('monitor')
    const [seen] = (await readMigState({ library: machine.library })).gpus
    expect(seen).toMatchObject({ gpuInstances: null, migDevices: [] })
  })

  test('with mig/monitor alone, a GPU that has lost its last instance is listed again in the same session', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    await using root = await openSession({ library: machine.library })
    await using session = await openSession({ library: machine.library })
    const gpu = (await root.readState()).gpus[0]?.uuid ?? 'GPU-'
    const { id } = await root.createGpuInstance(gpu, 19, null)
    machine.setPrivileges('monitor')
    expect((await session.readState()).gpus[0]?.gpuInstances).toBeNull()
    machine.setPrivileges('admin')
    await root.destroyGpuInstance(gpu, id)
    machine.setPrivileges('monitor')
    expect((await session.readState()).gpus[0]?.gpuInstances).toEqual([])
  })

  test('a driver that refuses placements too is read with the sizes of the catalog', async () => {
    // A seed of its own, because the process remembers what another machine reported for the same UUID.
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig', { seed: 4211 })
    await using nvml = await openNvml({ library: machine.library })
    const gpu = await nvml.deviceGetHandleByIndex(0)
    const { id } = await nvml.deviceCreateGpuInstance(gpu, 9)
    await nvml.gpuInstanceCreateComputeInstance(gpu, id, 1)
    machine.setPrivileges('monitor')
    const fn = 'nvmlDeviceGetGpuInstancePossiblePlacements'
    machine.fail({ fn, error: 'NVML_ERROR_NO_PERMISSION', times: 1000 })
    expect((await readMigState({ library: machine.library })).gpus[0]).toMatchObject({
      gpuInstances: null,
      geometry: null,
      seesAllDevices: true,
      migDevices: [{ name: '2c.3g.20gb', profileId: 9, sliceCount: 2 }],
    })
  })
})

test('a MIG device without attributes has the name that the driver gives it, and no profile', async () => {
  using machine = await divideMachine()
  machine.setPrivileges('monitor')
  const fn = 'nvmlDeviceGetAttributes'
  machine.fail({ fn, error: 'NVML_ERROR_NOT_SUPPORTED', times: 1000 })
  const { gpus } = await readMigState({ library: machine.library })
  expect(gpus[1]).toMatchObject({
    migDevices: [{ name: '2c.3g.20gb', profileId: null, sliceCount: null, memoryMiB: null }],
  })
})

test('without mig/monitor, no MIG device of other users is seen, and the state says so', async () => {
  using machine = await divideMachine()
  machine.setPrivileges('none')
  const { gpus } = await readMigState({ library: machine.library })
  expect(gpus[0]).toMatchObject({
    gpuInstances: null,
    migDevices: [],
    seesAllDevices: false,
    mig: { enabled: true, pending: true },
  })
})

describe('profiles of MIG devices without a list of instances', () => {
  const models = listSimulatedModels().filter(({ migCapable }) => migCapable)
  test.each(models.map(({ key }) => key))(
    'the profile of a MIG device is found by its figures as root reads it: %s',
    async (model) => {
      using machine = createSimulatedMachine([{ model, migEnabled: true }])
      await using session = await openSession({ library: machine.library })
      const [gpu] = (await session.readListedState()).gpus
      for (const { name } of gpu?.geometry?.profiles ?? []) {
        machine.setPrivileges('admin')
        const [id = -1] = await createDevices(session, gpu?.uuid ?? 'GPU-', [name])
        machine.setPrivileges('monitor')
        const [seen] = (await session.readState()).gpus
        const device = seen === undefined ? undefined : listSeenDevices(seen)[0]
        expect(device?.name).toBe(name)
        machine.setPrivileges('admin')
        await session.destroyComputeInstance(gpu?.uuid ?? 'GPU-', id, 0)
        await session.destroyGpuInstance(gpu?.uuid ?? 'GPU-', id)
      }
    },
  )
})
