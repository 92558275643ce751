// Which permission a refused call lacks. Sources: NVML's documentation of NVML_ERROR_NO_PERMISSION for each function; MIG User
// Guide, "Device nodes and capabilities"; open-gpu-kernel-modules 595.45.04, kernel_mig_manager.c.
import { expect, test } from 'vitest'
import { NvmlError } from '../../../lib/errors.js'
import { hintFor } from '../../../lib/machine/apply/hints.js'

test.each([
  ['nvmlInit_v2', /\/dev\/nvidiactl/],
  ['nvmlDeviceGetHandleByUUID', /\/dev\/nvidia<N>/],
  ['nvmlDeviceSetMigMode', /CAP_SYS_ADMIN outside user namespaces/],
  ['nvmlDeviceCreateGpuInstanceWithPlacement', /nvidia-cap1.*not of the MIG mode/s],
  ['nvmlGpuInstanceCreateComputeInstance', /nvidia-cap1.*not of the MIG mode/s],
  ['nvmlGpuInstanceDestroy', /nvidia-cap1.*not of the MIG mode/s],
  ['nvmlComputeInstanceDestroy', /nvidia-cap1.*not of the MIG mode/s],
  ['nvmlDeviceGetGpuInstances', /^(?!.*allows changes).*nvidia-cap1/s],
  ['nvmlGpuInstanceGetComputeInstances', /^(?!.*allows changes).*nvidia-cap1/s],
  ['nvmlDeviceGetMemoryInfo', /nvidia-cap2/],
  ['nvmlDeviceGetComputeRunningProcesses_v3', /nvidia-cap2/],
  ['nvmlDeviceGetGpuInstanceRemainingCapacity', /nvidia-cap2/],
  ['nvmlDeviceSetPersistenceMode', /^run as root/],
])('the hint for a refused %s names what that call takes, and how to get it', (fn, expected) => {
  const hint = hintFor(new NvmlError({ ret: 4, fn }))
  expect(hint).toMatch(expected)
  expect(hint).toMatch(/root/)
})
