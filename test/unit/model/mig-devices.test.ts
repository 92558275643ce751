import { expect, test } from 'vitest'
import { listMigDevices, readMigState } from '../../../lib/index.js'
import { stateOf } from '../../support/state.js'
import { divideMachine } from '../rights/divided-machine.js'

test('listMigDevices lists the devices of all GPUs by GPU and place, without GPU instances that have none', () => {
  const state = stateOf([
    { key: 'none' },
    { key: 'a100-40gb', instances: ['3g.20gb@4:1c,2c', '1g.5gb+me@0', '2g.10gb@2:'] },
    { key: 'a100-40gb', migEnabled: false },
    { key: 'a100-40gb', instances: ['7g.40gb@0'] },
  ])
  const devices = listMigDevices(state)
  expect(
    devices.map(({ gpuIndex, name, profileName, placement, computePlacement }) => [
      gpuIndex,
      name,
      profileName,
      placement,
      computePlacement?.start,
    ]),
  ).toEqual([
    [1, '1g.5gb+me', '1g.5gb+me', { start: 0, size: 1 }, 0],
    [1, '1c.3g.20gb', '3g.20gb', { start: 4, size: 4 }, 0],
    [1, '2c.3g.20gb', '3g.20gb', { start: 4, size: 4 }, 1],
    [3, '7g.40gb', '7g.40gb', { start: 0, size: 8 }, 0],
  ])
  expect(devices.map(({ gpu }) => gpu)).toEqual(
    [1, 1, 1, 3].map((index) => state.gpus[index]?.uuid),
  )
  // Sizes: MIG User Guide, A100-SXM4-40GB profiles.
  expect(devices.map(({ profileId, sliceCount }) => [profileId, sliceCount])).toEqual([
    [20, 1],
    [9, 1],
    [9, 2],
    [0, 7],
  ])
  expect(Object.isFrozen(devices) && devices.every((device) => Object.isFrozen(device))).toBe(true)
})

test('listMigDevices without mig/config has the devices that root sees, with profiles and without placements', async () => {
  using machine = await divideMachine()
  const asRoot = listMigDevices(await readMigState({ library: machine.library }))
  machine.setPrivileges('monitor')
  const seen = listMigDevices(await readMigState({ library: machine.library }))
  expect(asRoot).toHaveLength(8)
  const byUuid = (devices: typeof seen) =>
    devices.toSorted((a, b) => String(a.uuid).localeCompare(String(b.uuid)))
  expect(byUuid(seen)).toEqual(
    byUuid(asRoot).map((device) => ({ ...device, placement: null, computePlacement: null })),
  )
  expect(asRoot.every(({ placement }) => placement !== null)).toBe(true)
})

test('listMigDevices of a machine without MIG devices is empty', () => {
  expect(listMigDevices(stateOf([{ key: 'none' }, { key: 'a100-40gb' }]))).toEqual([])
})
