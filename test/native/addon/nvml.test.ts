import { expect, test } from 'vitest'
import { openNvml } from '../../../lib/nvml.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { Nvml } from '../../../types/nvml.js'
import { nvmlRejectionOf } from '../../support/errors.js'

async function withNvml(
  machineText: string,
  look: (nvml: Nvml, machine: ReturnType<typeof createSimulatedMachine>) => Promise<void>,
  options: Parameters<typeof createSimulatedMachine>[1] = {},
): Promise<void> {
  using machine = createSimulatedMachine(machineText, options)
  await using nvml = await openNvml({ library: machine.library })
  await look(nvml, machine)
}

test('NVML finds a GPU by its index, its PCI address and its UUID', async () => {
  await withNvml('2x A100-SXM4-40GB', async (nvml) => {
    expect(nvml.driverVersion).toBe('580.65.06')
    expect(await nvml.deviceGetCount()).toBe(2)
    const gpu = await nvml.deviceGetHandleByIndex(1)
    const pci = await nvml.deviceGetPciInfo(gpu)
    expect(await nvml.deviceGetHandleByPciBusId(pci.busId)).toBe(gpu)
    expect(await nvml.deviceGetHandleByUUID(gpu)).toBe(gpu)
    expect(await nvml.deviceGetIndex(gpu)).toBe(1)
    expect(pci.pciDeviceId).toBe(0x20b010de)
    expect(await nvml.deviceGetName(gpu)).toBe('NVIDIA A100-SXM4-40GB')
    expect(await nvml.deviceGetArchitecture(gpu)).toBe(7)
    expect(await nvml.deviceGetCudaComputeCapability(gpu)).toEqual({ major: 8, minor: 0 })
    expect((await nvml.deviceGetMemoryInfo(gpu)).total).toBe(40960 * 2 ** 20)
    expect(await nvml.deviceGetVirtualizationMode(gpu)).toBe(0)
    expect(await nvml.deviceIsMigDeviceHandle(gpu)).toBe(0)
  })
})

test('raw calls create a MIG device, read it, and destroy it again', async () => {
  await withNvml('1x A100-SXM4-40GB', async (nvml) => {
    const gpu = await nvml.deviceGetHandleByIndex(0)
    expect(await nvml.deviceGetMaxMigDeviceCount(gpu)).toBe(0)
    expect(await nvml.deviceSetMigMode(gpu, 1)).toBe(0)
    expect(await nvml.deviceGetMigMode(gpu)).toEqual({ current: 1, pending: 1 })
    expect(await nvml.deviceGetMaxMigDeviceCount(gpu)).toBe(7)

    // Index 2 is the profile of three slices; its id is another number.
    const profile = await nvml.deviceGetGpuInstanceProfileInfo(gpu, 2)
    expect(profile).toMatchObject({ id: 9, sliceCount: 3, memorySizeMB: 19968, instanceCount: 2 })
    expect(profile.name).toMatch(/3g\.20gb$/)
    expect(await nvml.deviceGetGpuInstanceProfileInfoById(gpu, 9)).toEqual(profile)
    expect(await nvml.deviceGetGpuInstancePossiblePlacements(gpu, 9)).toEqual([
      { start: 0, size: 4 },
      { start: 4, size: 4 },
    ])
    expect(await nvml.deviceGetGpuInstanceRemainingCapacity(gpu, 9)).toBe(2)

    const instance = await nvml.deviceCreateGpuInstanceWithPlacement(gpu, 9, { start: 4, size: 4 })
    expect(instance).toMatchObject({ profileId: 9, placement: { start: 4, size: 4 } })
    expect(await nvml.gpuInstanceGetInfo(gpu, instance.id)).toEqual(instance)
    expect(await nvml.deviceGetGpuInstances(gpu, 9)).toEqual([instance])
    expect(await nvml.deviceGetGpuInstanceRemainingCapacity(gpu, 9)).toBe(1)

    const { id: gi } = instance
    expect(await nvml.gpuInstanceGetComputeInstanceProfileInfo(gpu, gi, 2)).toMatchObject({
      sliceCount: 3,
      multiprocessorCount: 42,
    })
    const small = await nvml.gpuInstanceGetComputeInstanceProfileInfo(gpu, gi, 0)
    expect(await nvml.gpuInstanceGetComputeInstancePossiblePlacements(gpu, gi, small.id)).toEqual(
      [0, 1, 2].map((start) => ({ start, size: 1 })),
    )
    expect(await nvml.gpuInstanceGetComputeInstanceRemainingCapacity(gpu, gi, small.id)).toBe(3)
    const placed = await nvml.gpuInstanceCreateComputeInstanceWithPlacement(gpu, gi, small.id, {
      start: 0,
      size: 1,
    })
    const chosen = await nvml.gpuInstanceCreateComputeInstance(gpu, gi, small.id)
    expect(await nvml.computeInstanceGetInfo(gpu, gi, placed.id)).toEqual(placed)
    const listed = await nvml.gpuInstanceGetComputeInstances(gpu, gi, small.id)
    expect(listed.toSorted((a, b) => a.id - b.id)).toEqual([placed, chosen])

    const device = await nvml.deviceGetMigDeviceHandleByIndex(gpu, 0)
    expect(device).toMatch(/^MIG-/)
    expect(await nvml.deviceGetHandleByUUID(`MIG-${gpu}/${gi}/${placed.id}`)).toBe(device)
    expect(await nvml.deviceIsMigDeviceHandle(device)).toBe(1)
    expect(await nvml.deviceGetDeviceHandleFromMigDeviceHandle(device)).toBe(gpu)
    expect(await nvml.deviceGetGpuInstanceId(device)).toBe(gi)
    expect(await nvml.deviceGetComputeInstanceId(device)).toBe(placed.id)
    expect(await nvml.deviceGetAttributes(device)).toMatchObject({
      gpuInstanceSliceCount: 3,
      computeInstanceSliceCount: 1,
      multiprocessorCount: 14,
    })
    expect(await nvml.deviceGetName(device)).toMatch(/MIG 1c\.3g\.20gb$/)

    for (const { id } of [placed, chosen]) await nvml.computeInstanceDestroy(gpu, gi, id)
    await nvml.gpuInstanceDestroy(gpu, gi)
    expect(await nvml.deviceGetGpuInstances(gpu, 9)).toEqual([])
    expect(await nvml.deviceSetMigMode(gpu, 0)).toBe(0)
  })
})

test('an error of a raw call names the function, the GPU and the instances', async () => {
  await withNvml('1x A100-SXM4-40GB +mig', async (nvml) => {
    const gpu = await nvml.deviceGetHandleByIndex(0)
    expect(await nvmlRejectionOf(nvml.computeInstanceDestroy(gpu, 3, 1))).toMatchObject({
      code: 'NVML_ERROR_NOT_FOUND',
      fn: 'nvmlDeviceGetGpuInstanceById',
      gpu,
      gpuInstance: 3,
      computeInstance: 1,
    })
    const overlap = { start: 0, size: 8 }
    await nvml.deviceCreateGpuInstance(gpu, 19)
    expect(
      await nvmlRejectionOf(nvml.deviceCreateGpuInstanceWithPlacement(gpu, 0, overlap)),
    ).toMatchObject({ code: 'NVML_ERROR_INSUFFICIENT_RESOURCES', ret: 23, gpu })
  })
})

test('a new instance that cannot be read back is destroyed again', async () => {
  await withNvml('1x A100-SXM4-40GB +mig', async (nvml, machine) => {
    const gpu = await nvml.deviceGetHandleByIndex(0)
    machine.fail({ fn: 'nvmlGpuInstanceGetInfo', error: 'NVML_ERROR_UNKNOWN' })
    expect(await nvmlRejectionOf(nvml.deviceCreateGpuInstance(gpu, 9))).toMatchObject({
      fn: 'nvmlGpuInstanceGetInfo',
    })
    expect(await nvml.deviceGetGpuInstances(gpu, 9)).toEqual([])
  })
})

test('processes beyond the size of the first buffer are listed, too', async () => {
  await withNvml('1x A100-SXM4-40GB', async (nvml, machine) => {
    const pids = Array.from({ length: 100 }, (_, n) => 1000 + n)
    for (const pid of pids) machine.addProcess({ pid, gpu: 0, memoryMiB: 3 })
    const gpu = await nvml.deviceGetHandleByIndex(0)
    const processes = await nvml.deviceGetComputeRunningProcesses(gpu)
    expect(processes.map(({ pid }) => pid).toSorted((a, b) => a - b)).toEqual(pids)
    expect(processes[0]).toMatchObject({
      usedGpuMemory: 3 * 2 ** 20,
      gpuInstanceId: null,
      computeInstanceId: null,
    })
  })
})

test.each(['470.57.02', '535.54.03', '535.104.05', '580.65.06'])(
  'process lists of driver %s are read correctly, whatever the length of their elements',
  async (driver) => {
    await withNvml(
      '1x A100-SXM4-40GB',
      async (nvml, machine) => {
        for (const pid of [11, 12, 13]) machine.addProcess({ pid, gpu: 0, memoryMiB: pid })
        const gpu = await nvml.deviceGetHandleByIndex(0)
        const processes = await nvml.deviceGetComputeRunningProcesses(gpu)
        expect(processes.map(({ pid, usedGpuMemory }) => [pid, usedGpuMemory])).toEqual(
          [11, 12, 13].map((pid) => [pid, pid * 2 ** 20]),
        )
      },
      { driver },
    )
  },
)

test.each(['Compute', 'Graphics', 'MPSCompute'])(
  'the process list nvmlDeviceGet%sRunningProcesses is read by its first version where the driver has no other',
  async (list) => {
    await withNvml('1x T4', async (nvml, machine) => {
      const kind = list === 'Graphics' ? 'graphics' : list === 'Compute' ? 'compute' : 'mps'
      for (const pid of [11, 12, 13]) machine.addProcess({ pid, gpu: 0, memoryMiB: pid, kind })
      const gpu = await nvml.deviceGetHandleByIndex(0)
      const fn = `nvmlDeviceGet${list}RunningProcesses`
      // The calls of the versions _v3 and _v2.
      machine.fail({ fn, times: 2, error: 'NVML_ERROR_FUNCTION_NOT_FOUND' })
      const processes = await {
        compute: nvml.deviceGetComputeRunningProcesses,
        graphics: nvml.deviceGetGraphicsRunningProcesses,
        mps: nvml.deviceGetMPSComputeRunningProcesses,
      }[kind](gpu)
      // nvmlProcessInfo_v1_t has no ids of instances.
      expect(processes).toEqual(
        [11, 12, 13].map((pid) => ({
          pid,
          usedGpuMemory: pid * 2 ** 20,
          gpuInstanceId: null,
          computeInstanceId: null,
        })),
      )
      expect(machine.callCounts().byFunction[fn]).toBe(1)
    })
  },
)

// Source: nvml.h, nvmlSystemGetCudaDriverVersion_v2; R580 has CUDA 13.0.
test('the CUDA version of the driver is read, also from a driver that has only the old function', async () => {
  await withNvml('1x A30', async (nvml, machine) => {
    expect(await nvml.systemGetCudaDriverVersion()).toBe(13000)
    machine.fail({
      fn: 'nvmlSystemGetCudaDriverVersion_v2',
      error: 'NVML_ERROR_FUNCTION_NOT_FOUND',
    })
    expect(await nvml.systemGetCudaDriverVersion()).toBe(13000)
    machine.fail({ fn: 'nvmlSystemGetCudaDriverVersion_v2', error: 'NVML_ERROR_LIBRARY_NOT_FOUND' })
    expect(await nvmlRejectionOf(nvml.systemGetCudaDriverVersion())).toMatchObject({
      code: 'NVML_ERROR_LIBRARY_NOT_FOUND',
    })
  })
})

test('each field value has its own return code', async () => {
  await withNvml('1x H100 80GB HBM3', async (nvml) => {
    const gpu = await nvml.deviceGetHandleByIndex(0)
    const [resetless, unknown] = await nvml.deviceGetFieldValues(gpu, [184, 9999])
    expect(resetless).toEqual({ fieldId: 184, ret: 0, value: 1 })
    expect(unknown).toMatchObject({ fieldId: 9999, value: null })
    expect(unknown?.ret).not.toBe(0)
  })
})

test('a wrong argument is a TypeError, and the driver gets no call', async () => {
  await withNvml('1x A100-SXM4-40GB', async (nvml, machine) => {
    const gpu = await nvml.deviceGetHandleByIndex(0)
    machine.resetCallCounts()
    for (const wrong of [-1, 1.5, Number.NaN, 2 ** 32, '0', null, undefined]) {
      await expect(nvml.deviceCreateGpuInstance(gpu, wrong as number)).rejects.toThrow(TypeError)
    }
    await expect(
      nvml.deviceCreateGpuInstanceWithPlacement(gpu, 9, { start: 0 } as never),
    ).rejects.toThrow(TypeError)
    expect(machine.callCounts().total).toBe(0)
  })
})

test('a closed session refuses calls, and can be closed again', async () => {
  using machine = createSimulatedMachine('1x A100-SXM4-40GB')
  const nvml = await openNvml({ library: machine.library })
  await Promise.all([nvml.close(), nvml.close()])
  await expect(nvml.deviceGetCount()).rejects.toThrow(TypeError)
  expect(machine.callCounts().byFunction['nvmlShutdown']).toBe(1)
})

test('a process with several machines does not confuse them', async () => {
  using small = createSimulatedMachine('1x A30')
  using large = createSimulatedMachine('3x A100-SXM4-40GB')
  await using one = await openNvml({ library: small.library })
  await using three = await openNvml({ library: large.library })
  const counts = await Promise.all(
    Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? one : three).deviceGetCount()),
  )
  expect(counts).toEqual(Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? 1 : 3)))
})

test('a selected machine does not stay selected on the threads of the pool', async () => {
  using machine = createSimulatedMachine('1x A30')
  await using selected = await openNvml({ library: machine.library })
  // Without a selector the library has the machine of the environment.
  await using other = await openNvml({ library: machine.library.path })
  const count = await other.deviceGetCount()
  expect(count).toBeGreaterThan(1)
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 4 }, () => selected.deviceGetCount()))
    expect(await other.deviceGetCount()).toBe(count)
  }
})
