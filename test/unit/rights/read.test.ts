// What a process reads without mig/config. The other side of each comparison is what root reads of the same
// machine, or NVIDIA's own names.
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
  test('a divided GPU lists no instances, and shows each MIG device that root sees', async () => {
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
      ...{
        lacks: 'mig/config',
        seesAllDevices: true,
        memoryMiB: 40960,
        geometry: asRoot[1]?.geometry,
      },
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

  test('a GPU with nothing but a GPU instance that has no compute instance is not taken for empty', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
    await using session = await openSession({ library: machine.library })
    const [gpu] = (await session.readState()).gpus
    await session.createGpuInstance(gpu?.uuid ?? 'GPU-', 19, null)
    machine.setPrivileges('monitor')
    const [seen] = (await readMigState({ library: machine.library })).gpus
    expect(seen).toMatchObject({ gpuInstances: null, migDevices: [] })
  })

  test('a GPU that has lost its last instance is listed again, in the same session', async () => {
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

  test('a driver that refuses placements as well is read, with the sizes of the catalog', async () => {
    // A seed of its own: what another machine has told of this GPU would be remembered.
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

test('without mig/monitor, no MIG device of others is seen, and that is said', async () => {
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

describe('a MIG device is of the profile that root reads, by its figures alone', () => {
  const models = listSimulatedModels().filter(({ migCapable }) => migCapable)
  test.each(models.map(({ key }) => key))('%s', async (model) => {
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
  })
})
