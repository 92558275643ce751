import { expectError, expectType } from 'tsd'
import type { GpuUuid, MigUuid } from '../../dist/index.js'
import { type Nvml, openNvml } from '../../dist/nvml.js'

expectType<Promise<Nvml>>(openNvml({ library: 'libnvidia-ml.so.1' }))
declare const nvml: Nvml
declare const gpu: GpuUuid
declare const device: MigUuid

expectType<Promise<GpuUuid>>(nvml.deviceGetHandleByIndex(0))
expectType<Promise<MigUuid>>(nvml.deviceGetMigDeviceHandleByIndex(gpu, 0))
expectType<Promise<void>>(nvml.computeInstanceDestroy(gpu, 1, 0))

expectError(openNvml('libnvidia-ml.so.1'))
expectError(openNvml({ path: 'libnvidia-ml.so.1' }))
expectError(nvml.deviceGetHandleByIndex('0'))
expectError(nvml.deviceGetMigMode(0))
expectError(nvml.deviceGetMigMode('7f3a'))
// What is of a GPU is not of a MIG device, and the other way round.
expectError(nvml.deviceSetMigMode(device, 1))
expectError(nvml.deviceCreateGpuInstance(device, 19))
expectError(nvml.deviceGetAttributes(gpu))
expectError(nvml.deviceSetMigMode(gpu, true))
expectError(nvml.deviceSetMigMode(gpu))
expectError(nvml.deviceCreateGpuInstanceWithPlacement(gpu, 19, 4))
expectError(nvml.deviceCreateGpuInstanceWithPlacement(gpu, 19, { start: 4 }))
expectError(nvml.deviceCreateGpuInstance(gpu, '1g.5gb'))
expectError(nvml.gpuInstanceDestroy(1))
expectError(nvml.computeInstanceDestroy(gpu, 0))
expectError(nvml.nvmlDeviceGetCount())
// Forgotten `await`.
expectError(nvml.deviceGetMigMode(gpu).current)
// biome-ignore lint/suspicious/noAssignInExpressions: the assignment is what must not compile
expectError((nvml.driverVersion = '1'))
