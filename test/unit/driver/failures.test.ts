import { expect, test } from 'vitest'
import { openSession } from '../../../lib/driver/session.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { DriverOptions } from '../../../types/machine/options.js'
import { untilCalled } from '../../support/calls.js'
import { reasonOf } from '../../support/errors.js'
import { createDevices } from '../../support/layouts.js'

/** What a call hangs for in which something else happens meanwhile, on a busy computer, too. */
const meanwhileMs = 2000

test.each([
  ['a missing library', '/nowhere/libnvidia-ml.so.1', /cannot open shared object file/],
  ['a file that is not a library', new URL(import.meta.url).pathname, /invalid ELF header/],
  ['a library that is not NVML', 'libm.so.6', /not an NVML library/],
])('%s is refused with the message of the loader', async (_, library, text) => {
  expect(await reasonOf(openSession({ library }))).toMatchObject({
    name: 'MigError',
    code: 'MIG_DRIVER_NOT_FOUND',
    message: expect.stringMatching(text),
    hint: expect.stringContaining('createSimulatedMachine'),
  })
})

test('the library comes from the option, then from the environment, then from the system', async () => {
  const before = process.env['MIG_NVML_LIBRARY']
  process.env['MIG_NVML_LIBRARY'] = '/from/environment.so'
  try {
    for (const [options, expected] of [
      [{}, '/from/environment.so'],
      [{ library: '/from/option.so' }, '/from/option.so'],
      [{ library: { path: '/from/reference.so' } }, '/from/reference.so'],
    ] satisfies [DriverOptions, string][]) {
      expect(await reasonOf(openSession(options))).toMatchObject({
        code: 'MIG_DRIVER_NOT_FOUND',
        message: expect.stringContaining(expected),
      })
    }
  } finally {
    if (before === undefined) delete process.env['MIG_NVML_LIBRARY']
    else process.env['MIG_NVML_LIBRARY'] = before
  }
})

test('a library without the selector function of its reference is refused', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB')
  const library = { ...machine.library, selector: { symbol: 'no_such_function', value: 1 } }
  expect(await reasonOf(openSession({ library }))).toMatchObject({
    code: 'MIG_DRIVER_NOT_FOUND',
    message: expect.stringContaining('no_such_function'),
  })
})

test('the error of a driver that cannot be initialised has the code of NVML', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB')
  machine.fail({ fn: 'nvmlInit', error: 'NVML_ERROR_LIB_RM_VERSION_MISMATCH' })
  expect(await reasonOf(openSession({ library: machine.library }))).toMatchObject({
    name: 'NvmlError',
    code: 'NVML_ERROR_LIB_RM_VERSION_MISMATCH',
    fn: 'nvmlInit_v2',
  })
  // And nothing stays behind that keeps the next from succeeding.
  await using session = await openSession({ library: machine.library })
  expect((await session.readState()).gpus).toHaveLength(1)
})

test('a session whose NVML was shut down by something else does not spoil the next', async () => {
  const abandoned = createSimulatedMachine('1x A100-SXM4-40GB')
  const session = await openSession({ library: abandoned.library })
  abandoned.close()
  expect(await reasonOf(session.readState())).toMatchObject({ code: 'NVML_ERROR_UNINITIALIZED' })

  using machine = createSimulatedMachine('1x A30')
  // The simulator gives numbers out again; the test is about that.
  expect(machine.library.selector).toEqual(abandoned.library.selector)
  await using next = await openSession({ library: machine.library })
  await session.close()
  expect((await next.readState()).gpus).toMatchObject([{ name: 'NVIDIA A30' }])
})

test('a read lists a lost GPU, and the other GPUs as before', async () => {
  using machine = createSimulatedMachine('3x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const { gpus } = await session.readState()
  machine.loseGpu(1)
  const left = await session.readState()
  expect(left.gpus).toEqual([gpus[0], gpus[2]])
  expect(left.lostGpus).toEqual([{ index: 1, uuid: gpus[1]?.uuid }])
  expect(
    await reasonOf(session.createGpuInstance(gpus[1]?.uuid ?? 'GPU-', 19, null)),
  ).toMatchObject({ code: 'NVML_ERROR_GPU_IS_LOST', gpu: gpus[1]?.uuid })
  machine.reboot()
})

test('a GPU that was lost and is back gets a new handle, and answers', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
  machine.fail({ fn: 'nvmlDeviceCreateGpuInstance', error: 'NVML_ERROR_GPU_IS_LOST' })
  await reasonOf(session.createGpuInstance(gpu, 19, null))
  machine.resetCallCounts()
  await session.createGpuInstance(gpu, 19, null)
  // The old handle was not used again.
  expect(machine.callCounts().byFunction['nvmlDeviceGetHandleByUUID']).toBe(1)
})

test('calls without permission reject with the code of NVML and the GPU', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
  await createDevices(session, gpu, ['3g.20gb'])
  machine.setPrivileges('none')
  // Whichever is refused first, somebody has to be listening.
  const refused = [
    session.createGpuInstance(gpu, 19, null),
    session.setMigMode(gpu, false),
    session.readProcesses(gpu),
  ].map(reasonOf)
  for (const reason of await Promise.all(refused))
    expect(reason).toMatchObject({ code: 'NVML_ERROR_NO_PERMISSION', gpu })
})

test('the refusal to destroy an instance in use names the instance', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
  const [id = 0] = await createDevices(session, gpu, ['3g.20gb'])
  machine.addProcess({ pid: 4242, gpu: 0, gpuInstanceId: id, computeInstanceId: 0, name: 'train' })
  expect(await reasonOf(session.destroyComputeInstance(gpu, id, 0))).toMatchObject({
    code: 'NVML_ERROR_IN_USE',
    fn: 'nvmlComputeInstanceDestroy',
    gpu,
    gpuInstance: id,
    computeInstance: 0,
  })
  expect(await session.readProcesses(gpu)).toMatchObject([
    { pid: 4242, kind: 'compute', gpuInstanceId: id, computeInstanceId: 0, command: 'train' },
  ])
})

test.each([
  ['nvmlGpuInstanceGetInfo', 'NVML_ERROR_INVALID_ARGUMENT'],
  ['nvmlGpuInstanceGetComputeInstances', 'NVML_ERROR_NOT_FOUND'],
  ['nvmlComputeInstanceGetInfo', 'NVML_ERROR_INVALID_ARGUMENT'],
])('an instance that disappears during a read (%s) does not spoil the read', async (fn, error) => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
  await createDevices(session, gpu, ['1g.5gb', '1g.5gb'])
  const before = await session.readState()
  machine.fail({ fn, nth: 2, error })
  expect(await session.readState()).toEqual(before)
})

test('a read in the middle of a change never shows two instances at one placement', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
  const { id } = await session.createGpuInstance(gpu, 19, { start: 0, size: 1 })
  const { id: part } = await session.createComputeInstance(gpu, id, 0, null)
  machine.resetCallCounts()
  // The profile of one slice has been listed by then, that of two has not. This call holds no lock of the
  // driver's: a change can come in between.
  machine.fail({ fn: 'nvmlDeviceGetHandleByUUID', hangMs: meanwhileMs })
  const reading = session.readState()
  await untilCalled(machine, 'nvmlDeviceGetHandleByUUID')
  await session.destroyComputeInstance(gpu, id, part)
  await session.destroyGpuInstance(gpu, id)
  await session.createGpuInstance(gpu, 14, { start: 0, size: 2 })
  expect((await reading).gpus[0]?.gpuInstances).toMatchObject([
    { profileName: '2g.10gb', placement: { start: 0, size: 2 } },
  ])
})

test('a read fails when instances disappear again and again', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB +mig')
  await using session = await openSession({ library: machine.library })
  const gpu = (await session.readState()).gpus[0]?.uuid ?? 'GPU-'
  await createDevices(session, gpu, ['1g.5gb'])
  machine.fail({ fn: 'nvmlGpuInstanceGetInfo', times: 10_000, error: 'NVML_ERROR_NOT_FOUND' })
  expect(await reasonOf(session.readState())).toMatchObject({ code: 'NVML_ERROR_NOT_FOUND', gpu })
})

test('an aborted read rejects at once with the reason of the signal', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB')
  await using session = await openSession({ library: machine.library })
  machine.fail({ fn: 'nvmlDeviceGetCount', hangMs: meanwhileMs })
  const controller = new AbortController()
  const reading = session.readState({ signal: controller.signal })
  await untilCalled(machine, 'nvmlDeviceGetCount_v2')
  controller.abort(new Error('enough'))
  expect(await reasonOf(reading)).toMatchObject({ message: 'enough' })
  expect(await reasonOf(session.readState({ signal: controller.signal }))).toMatchObject({
    message: 'enough',
  })
  // Closing waits for the call in the driver: the machine may go afterwards.
  await session.close()
  expect(machine.callCounts().byFunction['nvmlShutdown']).toBe(1)
})

test('an aborted opening leaves nothing open', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB')
  machine.fail({ fn: 'nvmlInit', hangMs: meanwhileMs })
  const controller = new AbortController()
  const opening = openSession({ library: machine.library, signal: controller.signal })
  await untilCalled(machine, 'nvmlInit_v2')
  controller.abort(new Error('enough'))
  expect(await reasonOf(opening)).toMatchObject({ message: 'enough' })
  await untilCalled(machine, 'nvmlShutdown')
  expect(await reasonOf(openSession({ signal: AbortSignal.abort() }))).toMatchObject({
    name: 'AbortError',
  })
})
