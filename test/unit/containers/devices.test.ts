import { describe, expect, test } from 'vitest'
import { deviceNodes, driverNodes, listContainerDevices } from '../../../lib/containers.js'
import { readMigState } from '../../../lib/index.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { ContainerDevice, MigContainerDevice } from '../../../types/containers/device.js'
import type { MigState } from '../../../types/model/state.js'
import { seenMinor, withNumbers } from '../../support/device-numbers.js'
import { migErrorOf } from '../../support/errors.js'
import { divide, readWithRoot } from '../../support/machine-root.js'
import { stateOf } from '../../support/state.js'

describe('listContainerDevices', () => {
  test('a MIG device has its index, its UUIDs of both forms, its place, and the numbers of its nodes', () => {
    const state = withNumbers(
      stateOf([{ key: 'none' }, { key: 'a100-40gb', instances: ['3g.20gb@4:1c,2c', '1g.5gb@0'] }]),
    )
    const [plain, ...mig] = listContainerDevices(state)
    expect(plain).toMatchObject({
      kind: 'gpu',
      gpuIndex: 0,
      names: { index: '0', typeIndex: 'gpu0' },
    })
    // GPU instance 2 lies at 4, GPU instance 7 at 0 (MIG User Guide, A100).
    expect(
      mig.map(({ names, ...device }) => [
        names.index,
        'typeIndex' in names && names.typeIndex,
        device.kind === 'mig' && [device.name, device.gpuInstanceId, device.computeInstanceId],
      ]),
    ).toEqual([
      ['1:0', 'mig1:0', ['1c.3g.20gb', 2, 0]],
      ['1:1', 'mig1:1', ['2c.3g.20gb', 2, 1]],
      ['1:2', 'mig1:2', ['1g.5gb', 7, 0]],
    ])
    const uuid = state.gpus[1]?.uuid
    expect(mig[1]).toMatchObject({
      model: 'NVIDIA A100-SXM4-40GB',
      profileName: '3g.20gb',
      pciBusId: state.gpus[1]?.pciBusId,
      placement: { start: 4, size: 4 },
      computePlacement: { start: 1, size: 2 },
      gpuMinor: 1,
      gpuInstanceMinor: seenMinor(1, 2),
      computeInstanceMinor: seenMinor(1, 2, 1),
      names: { legacyUuid: `MIG-${uuid}/2/1` },
    })
  })

  test('the index and both UUIDs of a MIG device are those that NVML gives it', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB, H100 80GB HBM3 +swapped')
    await divide(machine, {
      0: { '2g.10gb': 2, '1c.3g.20gb': 2 },
      1: { '1g.10gb': 3, '3g.40gb': 1 },
    })
    const { openNvml } = await import('../../../lib/nvml.js')
    await using nvml = await openNvml({ library: machine.library })
    const found = migDevices(await readMigState({ library: machine.library }))
    expect(found).toHaveLength(8)
    for (const { gpu, migIndex, uuid, gpuInstanceId, computeInstanceId } of found) {
      const device = await nvml.deviceGetMigDeviceHandleByIndex(gpu, migIndex)
      expect(device).toBe(uuid)
      expect(await nvml.deviceGetGpuInstanceId(device)).toBe(gpuInstanceId)
      expect(await nvml.deviceGetComputeInstanceId(device)).toBe(computeInstanceId)
    }
  })

  test('before R465, a MIG device has only the legacy UUID', async () => {
    using machine = createSimulatedMachine('A100-SXM4-40GB', { driver: '460.91.03' })
    await divide(machine, { 0: { '3g.20gb': 1 } })
    const [device] = migDevices(await readMigState({ library: machine.library }))
    expect(device?.names.uuid).toBeNull()
    expect(device?.names.legacyUuid).toBe(device?.uuid)
  })

  test('a GPU with MIG off is one device, a GPU with MIG on and without MIG devices is none', () => {
    const state = stateOf([{ key: 'a100-40gb' }, { key: 'a100-40gb', migEnabled: true }])
    expect(listContainerDevices(state).map(({ names }) => names.index)).toEqual(['0'])
  })
})

describe('deviceNodes', () => {
  test('nodes of GPUs have the mode and the group that the administrator has set', () => {
    const state = withNumbers(stateOf([{ key: 'none' }]), {
      nodes: { mode: 0o660, uid: 0, gid: 44 },
    })
    const [gpu] = listContainerDevices(state)
    expect(deviceNodes(state, gpu as ContainerDevice)).toEqual([
      { path: '/dev/nvidia0', major: 195, minor: 0, mode: 0o660, gid: 44 },
    ])
  })

  test('driverNodes leaves out the nodes of modules that are not loaded', () => {
    const majors = { gpu: 195, modeset: null, uvm: null, capabilities: null }
    const state = withNumbers(stateOf([{ key: 'none' }]), { majors })
    expect(driverNodes(state).map(({ path }) => path)).toEqual(['/dev/nvidiactl'])
  })

  test('a state without numbers has no nodes, and the error says how to get them', async () => {
    using machine = createSimulatedMachine('Tesla T4')
    const state = await readMigState({ library: machine.library })
    const error = migErrorOf(() => driverNodes(state))
    expect(error.code).toBe('MIG_DEVICE_NUMBERS_UNKNOWN')
    expect(error.hint).toContain('root (--root)')
  })

  test('a MIG device whose numbers the driver does not list has no nodes, and the error says what is missing', () => {
    const state = withNumbers(stateOf([{ key: 'a100-40gb', instances: ['3g.20gb@4'] }]), {
      capabilities: null,
      missing: ['there is no /proc/driver/nvidia-caps/mig-minors'],
    })
    const [device] = listContainerDevices(state)
    const error = migErrorOf(() => deviceNodes(state, device as ContainerDevice))
    expect(error.code).toBe('MIG_DEVICE_NUMBERS_UNKNOWN')
    expect(error.message).toContain('0:0')
    expect(error.message).toContain('there is no /proc/driver/nvidia-caps/mig-minors')
  })

  test('a GPU whose minor number the driver does not give has no nodes', () => {
    const state = withNumbers(stateOf([{ key: 'none' }]))
    const [gpu] = listContainerDevices(state)
    const error = migErrorOf(() =>
      deviceNodes(state, { ...(gpu as ContainerDevice), gpuMinor: null }),
    )
    expect(error.code).toBe('MIG_DEVICE_NUMBERS_UNKNOWN')
  })

  test('the nodes of every device of a machine are nodes that its driver makes', async () => {
    using machine = createSimulatedMachine('2x A100-SXM4-40GB +minor=7, A30')
    await divide(machine, { 0: { '1g.5gb': 3, '3g.20gb': 1 }, 2: { '1g.6gb': 4 } })
    const state = await readWithRoot(machine)
    const host = new Map(
      machine
        .rootTree()
        .flatMap((entry) => (entry.kind === 'device' ? [[entry.path, entry.device]] : [])),
    )
    const devices = listContainerDevices(state)
    expect(devices).toHaveLength(9)
    for (const node of [
      ...driverNodes(state),
      ...devices.flatMap((each) => deviceNodes(state, each)),
    ])
      expect(host.get(node.path)).toMatchObject({
        major: node.major,
        minor: node.minor,
        mode: node.mode,
      })
  })
})

function migDevices(state: MigState): readonly MigContainerDevice[] {
  return listContainerDevices(state).filter((device) => device.kind === 'mig')
}
