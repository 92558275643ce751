import { expect, test } from 'vitest'
import { watchMigState } from '../../../../lib/index.js'
import { createSimulatedMachine } from '../../../../lib/simulator.js'
import { untilCalled } from '../../../support/calls.js'
import { divide } from '../../../support/machine-root.js'
import { changesUntil, nextOf } from '../../../support/watching.js'

const never = 1e6
const often = 5
// NVIDIA's Xid catalogue: the GPU has fallen off the bus.
const fallenOffTheBus = 79

test('a GPU that falls off the bus is reported with its Xid, and the others stay', async () => {
  using machine = createSimulatedMachine('3x A100-SXM4-40GB +mig')
  await using watch = watchMigState({ library: machine.library, intervalMs: never })
  const first = await nextOf(watch)
  const uuid = first.state.gpus[1]?.uuid
  machine.loseGpu(1)
  // Only the event can have caused this read.
  const { changes, state } = await nextOf(watch)
  expect(changes).toEqual([
    { kind: 'gpu-lost', gpu: uuid, gpuIndex: 1 },
    {
      kind: 'xid',
      gpu: uuid,
      gpuIndex: 1,
      xid: fallenOffTheBus,
      gpuInstanceId: null,
      computeInstanceId: null,
      count: 1,
    },
  ])
  expect(state.lostGpus).toEqual([{ index: 1, uuid }])
  expect(state.gpus[0]).toBe(first.state.gpus[0])
  expect(state.gpus[1]).toBe(first.state.gpus[2])
})

test.each([
  ['a GPU', {}, { gpuInstanceId: null, computeInstanceId: null }],
  ['a GPU instance', { gpuInstanceId: 1 }, { gpuInstanceId: 1, computeInstanceId: null }],
  [
    'a compute instance',
    { gpuInstanceId: 1, computeInstanceId: 0 },
    { gpuInstanceId: 1, computeInstanceId: 0 },
  ],
])('an Xid of %s is reported with the ids that it has', async (_name, where, ids) => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  await divide(machine, { 1: { '3g.20gb': 2 } })
  await using watch = watchMigState({ library: machine.library })
  await nextOf(watch)
  machine.raiseXid(1, { xid: 94, ...where })
  expect(await changesUntil(watch, 'xid')).toEqual([
    expect.objectContaining({ kind: 'xid', gpuIndex: 1, xid: 94, count: 1, ...ids }),
  ])
})

test('an Xid of an instance that is not there is refused', () => {
  using machine = createSimulatedMachine('A100-SXM4-40GB +mig')
  expect(() => machine.raiseXid(0, { xid: 94, gpuInstanceId: 1 })).toThrow(/no such instance/)
  expect(() => machine.raiseXid(0, { xid: 94, computeInstanceId: 0 })).toThrow(/ci= needs gi=/)
  expect(() => machine.raiseXid(0, { xid: 0 })).toThrow(/xid must be/)
  expect(() => machine.raiseXid(1, { xid: 94 })).toThrow(/gpu must be/)
})

test('the Xid of a lost GPU is reported even if polling finds the loss first', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  await using watch = watchMigState({ library: machine.library, intervalMs: often })
  await nextOf(watch)
  // A wait that ends without an event; the GPU is lost before the next one.
  machine.fail({ fn: 'nvmlEventSetWait', hangMs: 1000, error: 'NVML_ERROR_TIMEOUT' })
  const waits = machine.callCounts().byFunction['nvmlEventSetWait_v2'] ?? 0
  await untilCalled(machine, 'nvmlEventSetWait_v2', waits + 1)
  machine.loseGpu(1)
  expect(await changesUntil(watch, 'xid')).toMatchObject([
    { kind: 'gpu-lost', gpuIndex: 1 },
    { kind: 'xid', gpuIndex: 1, xid: fallenOffTheBus },
  ])
})

test('a second lost GPU is reported too', async () => {
  using machine = createSimulatedMachine('3x A100-SXM4-40GB +mig')
  await using watch = watchMigState({ library: machine.library, intervalMs: never })
  await nextOf(watch)
  machine.loseGpu(1)
  await nextOf(watch)
  machine.loseGpu(2)
  const { changes } = await nextOf(watch)
  expect(changes).toMatchObject([
    { kind: 'gpu-lost', gpuIndex: 2 },
    { kind: 'xid', gpuIndex: 2, count: 1 },
  ])
})

test('a reboot brings a lost GPU back; until then the machine can be unreadable', async () => {
  using machine = createSimulatedMachine('2x H100-80GB-SXM +mig')
  await using watch = watchMigState({ library: machine.library, intervalMs: often })
  const first = await nextOf(watch)
  machine.loseGpu(1)
  await changesUntil(watch, 'gpu-lost')
  machine.reboot()
  const changes = await changesUntil(watch, 'gpu-found')
  // The session from before the reboot fails; a new session works.
  expect(changes.map(({ kind }) => kind)).toEqual([
    'unreadable',
    'readable',
    // Hopper forgets its mode.
    'mig-mode',
    'gpu-found',
  ])
  // The watch continues to receive events.
  machine.loseGpu(0)
  const lost = await changesUntil(watch, 'xid')
  expect(lost).toContainEqual(expect.objectContaining({ kind: 'xid', gpuIndex: 0 }))
  expect(first.state.gpus).toHaveLength(2)
})

test('a driver without events is watched by polling', async () => {
  using machine = createSimulatedMachine('2x A100-SXM4-40GB +mig')
  machine.fail({ fn: 'nvmlDeviceRegisterEvents', times: 9, error: 'NVML_ERROR_NOT_SUPPORTED' })
  await using watch = watchMigState({ library: machine.library, intervalMs: often })
  await nextOf(watch)
  machine.loseGpu(0)
  expect((await nextOf(watch)).changes).toMatchObject([{ kind: 'gpu-lost', gpuIndex: 0 }])
})

test('a machine that cannot be read is reported once, with the last state', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using watch = watchMigState({ library: machine.library, intervalMs: often })
  const first = await nextOf(watch)
  machine.fail({ fn: 'nvmlDeviceGetCount', times: 20, error: 'NVML_ERROR_UNKNOWN' })
  const down = await nextOf(watch)
  expect(down.changes).toMatchObject([
    { kind: 'unreadable', error: { code: 'NVML_ERROR_UNKNOWN' } },
  ])
  expect(down.state).toBe(first.state)
  machine.clearFaults()
  const up = await nextOf(watch)
  expect(up.changes).toEqual([{ kind: 'readable' }])
  expect(up.state.gpus[0]).toBe(first.state.gpus[0])
})

test('a driver that cannot be opened again for a while is watched until it can', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using watch = watchMigState({ library: machine.library, intervalMs: often })
  await nextOf(watch)
  machine.fail({ fn: 'nvmlDeviceGetCount', error: 'NVML_ERROR_UNKNOWN' })
  machine.fail({ fn: 'nvmlInit', times: 3, error: 'NVML_ERROR_DRIVER_NOT_LOADED' })
  expect((await nextOf(watch)).changes).toMatchObject([{ kind: 'unreadable' }])
  expect((await nextOf(watch)).changes).toEqual([{ kind: 'readable' }])
})

test('a wait for events that fails is started again', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using watch = watchMigState({ library: machine.library, intervalMs: often })
  await nextOf(watch)
  machine.fail({ fn: 'nvmlEventSetWait', error: 'NVML_ERROR_UNKNOWN' })
  const changes = changesUntil(watch, 'xid')
  // Both types of events are registered for the second time, and the wait begins.
  await untilCalled(machine, 'nvmlDeviceRegisterEvents', 4)
  const waits = machine.callCounts().byFunction['nvmlEventSetWait_v2'] ?? 0
  await untilCalled(machine, 'nvmlEventSetWait_v2', waits + 1)
  machine.loseGpu(0)
  expect(await changes).toContainEqual(expect.objectContaining({ kind: 'xid', count: 1 }))
})
