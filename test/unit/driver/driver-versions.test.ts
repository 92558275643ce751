import { expect, test } from 'vitest'
import { openSession } from '../../../lib/driver/session.js'
import { isNvmlError } from '../../../lib/errors.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import { createDevices } from '../../support/layouts.js'

// 450: no placed creation, no placements of compute instances, no names, MIG UUIDs that are
// addresses. 470: names still missing. 510 and 535: names, no v3 struct, no answers while MIG is off.
const branches = ['450.80.02', '470.57.02', '510.47.03', '535.104.05', '580.65.06']

test.each(branches)('driver %s: instances are read back as they were created', async (driver) => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig', { driver })
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readListedState()).gpus[0]?.uuid ?? 'GPU-'
  await createDevices(session, gpu, ['3g.20gb', '1g.5gb'])

  const [state] = (await session.readListedState()).gpus
  expect(state?.gpuInstances.map(({ profileName }) => profileName).sort()).toEqual([
    '1g.5gb',
    '3g.20gb',
  ])
  for (const { id, profileName, computeInstances } of state?.gpuInstances ?? []) {
    const [instance] = computeInstances
    expect(instance?.name).toBe(profileName)
    if (driver.startsWith('450')) expect(instance?.uuid).toBe(`MIG-${gpu}/${id}/${instance?.id}`)
    else expect(instance?.uuid).toMatch(/^MIG-[0-9a-f-]{36}$/)
    expect(instance?.placement).toEqual({ start: 0, size: instance?.sliceCount })
  }
})

test('profiles of an old driver without names have the names that a new driver gives', async () => {
  const namesByDriver = []
  for (const driver of ['470.57.02', '535.104.05']) {
    using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig', { driver })
    await using session = await openSession({ library: machine.library })
    const [gpu] = (await session.readListedState()).gpus
    const names = new Map(gpu?.geometry?.profiles.map(({ index, name }) => [index, name]))
    namesByDriver.push(names)
  }
  const [old, recent] = namesByDriver
  expect(old?.size).toBeGreaterThanOrEqual(6)
  for (const [index, name] of old ?? []) expect(name).toBe(recent?.get(index))
})

test('before R550, a GPU has a geometry only while MIG is on', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB', { driver: '535.104.05' })
  await using session = await openSession({ library: machine.library })
  const [off] = (await session.readListedState()).gpus
  expect(off?.mig).toEqual({ enabled: false, pending: false })
  expect(off?.geometry).toBeNull()
  await session.setMigMode(off?.uuid ?? 'GPU-', true)
  expect((await session.readListedState()).gpus[0]?.geometry?.profiles.length).toBeGreaterThan(5)
  await session.setMigMode(off?.uuid ?? 'GPU-', false)
  expect((await session.readListedState()).gpus[0]?.geometry).toBeNull()
})

test('before R460, a GPU instance with a placement is refused with an error that says so', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig', { driver: '450.80.02' })
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readListedState()).gpus[0]?.uuid ?? 'GPU-'
  const error: unknown = await session
    .createGpuInstance(gpu, 9, { start: 0, size: 4 })
    .catch((reason: unknown) => reason)
  expect(isNvmlError(error) && error.code).toBe('NVML_ERROR_FUNCTION_NOT_FOUND')
  expect(await session.createGpuInstance(gpu, 9, null)).toMatchObject({ placement: { size: 4 } })
})

test('a driver without placements of compute instances chooses the placement itself', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig', { driver: '470.57.02' })
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readListedState()).gpus[0]?.uuid ?? 'GPU-'
  const { id } = await session.createGpuInstance(gpu, 9, { start: 0, size: 4 })
  const profiles = await session.readComputeInstanceProfiles(gpu, id, 9)
  expect(profiles.map(({ placements }) => placements)).toEqual(profiles.map(() => []))
  const made = await session.createComputeInstance(gpu, id, 0, { start: 0, size: 1 })
  expect(made.placement?.size).toBe(1)
})

test('before R450.80, the placement of a compute instance is null', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig', { driver: '450.80.02' })
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readListedState()).gpus[0]?.uuid ?? 'GPU-'
  await createDevices(session, gpu, ['3g.20gb'])
  // The second version of the function is called first.
  machine.fail({ fn: 'nvmlComputeInstanceGetInfo', error: 'NVML_ERROR_FUNCTION_NOT_FOUND' })
  const [instance] = (await session.readListedState()).gpus[0]?.gpuInstances ?? []
  expect(instance?.computeInstances).toMatchObject([{ name: '3g.20gb', placement: null }])
  expect(machine.callCounts().byFunction['nvmlComputeInstanceGetInfo']).toBe(1)
})

test('a driver from before MIG has GPUs, and none of them has MIG', async () => {
  // A library whose driver has none of the newer functions.
  using machine = createSimulatedMachine('T4')
  machine.fail({ fn: 'nvmlDeviceGetMigMode', times: 9, error: 'NVML_ERROR_FUNCTION_NOT_FOUND' })
  await using session = await openSession({ library: machine.library })
  expect((await session.readListedState()).gpus).toMatchObject([
    { index: 0, mig: null, geometry: null },
  ])
})
