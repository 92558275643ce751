import { expect, test } from 'vitest'
import { type DriverSession, openSession } from '../../../../lib/driver/session.js'
import { bringTo } from '../../../../lib/machine/operation/bring-to.js'
import { targetOf } from '../../../../lib/plan/gpu/target.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import type { GpuUuid } from '../../../../types/model/state.js'
import { untilCalled } from '../../../support/calls.js'
import { nvmlRejectionOf } from '../../../support/errors.js'
import { createDevices } from '../../../support/layouts.js'

/** How long a call hangs in which another GPU is read, on a busy computer, too. */
const hangMs = 2000

async function uuidsOf(session: DriverSession): Promise<readonly GpuUuid[]> {
  return (await session.readState()).gpus.map(({ uuid }) => uuid)
}

test('a read of one GPU of eight makes calls on that GPU only, and finds what the read of all finds', async () => {
  using machine = createSimulatedMachine('8x A100-SXM4-40GB +mig', { seed: 81_001 })
  await using session = await openSession({ library: machine.library })
  const gpu = (await uuidsOf(session))[5] ?? 'GPU-'
  await createDevices(session, gpu, ['3g.20gb', '1g.5gb'])
  const { gpus } = await session.readState()
  const before = session.callCounts()
  machine.resetCallCounts()

  expect(await session.readGpu(gpu)).toBe(gpus[5])
  const { byFunction, total } = machine.callCounts()
  expect(byFunction['nvmlDeviceGetMigMode']).toBe(1)
  expect(byFunction['nvmlDeviceGetCount_v2']).toBeUndefined()
  expect(byFunction['nvmlDeviceGetHandleByIndex_v2']).toBeUndefined()
  const after = session.callCounts()
  expect(after.total - before.total).toBe(total)
  expect((after.gpus[gpu]?.total ?? 0) - (before.gpus[gpu]?.total ?? 0)).toBe(total)
})

test('an undo of one GPU of eight makes calls on that GPU only', async () => {
  using machine = createSimulatedMachine('8x A100-SXM4-40GB +mig', { seed: 81_002 })
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readListedState()).gpus[2]
  if (gpu === undefined) throw new Error('no third GPU')
  await createDevices(session, gpu.uuid, ['2g.10gb', '1g.5gb'])
  const before = session.callCounts()

  const { failure, now } = await bringTo(session, gpu, targetOf(gpu))
  expect(failure).toBeNull()
  expect(now?.gpuInstances).toEqual([])
  const after = session.callCounts()
  const made = (after.gpus[gpu.uuid]?.total ?? 0) - (before.gpus[gpu.uuid]?.total ?? 0)
  expect(after.total - before.total).toBe(made)
})

test('a GPU whose read hangs does not delay the read of another', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', { seed: 81_003 })
  await using session = await openSession({ library: machine.library })
  const [hanging = 'GPU-', other = 'GPU-'] = await uuidsOf(session)
  machine.resetCallCounts()
  machine.fail({ fn: 'nvmlDeviceGetIndex', hangMs })
  const slow = session.readGpu(hanging).then((gpu) => gpu?.uuid)
  await untilCalled(machine, 'nvmlDeviceGetIndex')
  const quick = session.readGpu(other).then((gpu) => gpu?.uuid)
  expect(await Promise.race([slow, quick])).toBe(other)
  expect(await slow).toBe(hanging)
})

test('a GPU that cannot be read does not keep another from being read', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', { seed: 81_004 })
  await using session = await openSession({ library: machine.library })
  const [failing = 'GPU-', other = 'GPU-'] = await uuidsOf(session)
  machine.fail({ fn: 'nvmlDeviceGetMigMode', error: 'NVML_ERROR_UNKNOWN' })
  expect(await nvmlRejectionOf(session.readGpu(failing))).toMatchObject({
    code: 'NVML_ERROR_UNKNOWN',
    fn: 'nvmlDeviceGetMigMode',
    gpu: failing,
    message: `nvmlDeviceGetMigMode on GPU 0 (${failing}): NVML_ERROR_UNKNOWN`,
  })
  expect(await session.readGpu(other)).toMatchObject({ uuid: other, index: 1 })
})

test('a GPU that is lost, and one that was never there, read as null', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', { seed: 81_005 })
  await using session = await openSession({ library: machine.library })
  const [, lost = 'GPU-'] = await uuidsOf(session)
  machine.loseGpu(1)
  expect(await session.readGpu(lost)).toBeNull()
  expect(await session.readGpu('GPU-00000000-0000-0000-0000-000000000000')).toBeNull()
})

test('a GPU that has changed is the same object in the read of one and in the next read of all', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig', { seed: 81_006 })
  await using session = await openSession({ library: machine.library })
  const before = await session.readState()
  const changed = before.gpus[1]?.uuid ?? 'GPU-'
  await createDevices(session, changed, ['3g.20gb'])
  const alone = await session.readGpu(changed)
  expect(alone).not.toBe(before.gpus[1])
  const after = await session.readState()
  expect(after.gpus[1]).toBe(alone)
  expect(after.gpus[0]).toBe(before.gpus[0])
})
