import { expect, test } from 'vitest'
import { openSession } from '../../../../lib/driver/session.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { fakeRoot, putProcess } from '../../../support/root-tree.js'

const minorFunction = 'nvmlDeviceGetMinorNumber'

test('a state has the minor number of each GPU, which is not its index', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig +minor=5, 1x A100-SXM4-40GB')
  await using session = await openSession({ library: machine.library })
  const { gpus } = await session.readState()
  expect(gpus.map(({ index, minorNumber }) => [index, minorNumber])).toEqual([
    [0, 5],
    [1, 0],
  ])
})

test('the minor number takes one call: further reads and the search for holders make no more', async () => {
  const root = fakeRoot()
  putProcess(root, 4242, { opens: ['/dev/nvidia5'] })
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig +minor=5', { seed: 82_001 })
  await using session = await openSession({ library: { ...machine.library, root } })
  const [gpu] = (await session.readState()).gpus
  const uuid = gpu?.uuid ?? 'GPU-'
  await session.readState()
  await session.readGpu(uuid)
  const { processes } = await session.readHolders([uuid], { scan: true })
  expect(processes.get(uuid)).toMatchObject([{ pid: 4242, opensNodeOnly: true, foundBy: ['proc'] }])
  expect(machine.callCounts().byFunction[minorFunction]).toBe(1)
})

test('a GPU whose minor number the driver does not give is read without it, and NVML alone names its holders', async () => {
  const root = fakeRoot()
  putProcess(root, 4242, { opens: ['/dev/nvidia0'] })
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig', { seed: 82_002 })
  machine.addProcess({ pid: 4711, gpu: 0, name: 'train' })
  machine.fail({ fn: minorFunction, times: 1000, error: 'NVML_ERROR_NOT_SUPPORTED' })
  await using session = await openSession({ library: { ...machine.library, root } })
  const [gpu] = (await session.readState()).gpus
  expect(gpu?.minorNumber).toBeNull()
  const uuid = gpu?.uuid ?? 'GPU-'
  const { processes } = await session.readHolders([uuid], { scan: true })
  expect(processes.get(uuid)).toMatchObject([{ pid: 4711, foundBy: ['nvml'] }])
})

test('a minor number that the driver did not give at first is found by a later read', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +minor=3', { seed: 82_003 })
  machine.fail({ fn: minorFunction, error: 'NVML_ERROR_UNKNOWN' })
  await using session = await openSession({ library: machine.library })
  const read = async (): Promise<unknown> => (await session.readState()).gpus[0]?.minorNumber
  expect(await read()).toBeNull()
  expect(await read()).toBe(3)
})

test('the next read after a change of the MIG mode reads the minor number again', async () => {
  using machine = createSimulatedMachine('1x NVIDIA H100 80GB HBM3 +minor=3', { seed: 82_004 })
  await using session = await openSession({ library: machine.library })
  const uuid = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
  await session.setMigMode(uuid, true)
  machine.resetCallCounts()
  expect((await session.readState()).gpus[0]?.minorNumber).toBe(3)
  expect(machine.callCounts().byFunction[minorFunction]).toBe(1)
})
