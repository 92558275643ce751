import { expect, test } from 'vitest'
import { failureError } from '../../../lib/driver/addon/outcome.js'
import { isMigError, isNvmlError } from '../../../lib/errors.js'

test('a count that no driver can give is MIG_DRIVER_INVALID, with the function, the GPU, the count and the limit', () => {
  const excess = { what: 'GPUs', counted: 4_294_967_295, most: 1024 }
  const error = failureError(
    { ok: false, ret: 0, fn: 'nvmlDeviceGetCount_v2', excess },
    { gpu: 'GPU-1' },
  )
  if (!isMigError(error)) throw error
  expect(error.code).toBe('MIG_DRIVER_INVALID')
  expect(error.message).toBe(
    'nvmlDeviceGetCount_v2 on GPU-1 reports 4,294,967,295 GPUs, and there can be at most 1,024',
  )
  expect(error.hint).toMatch(/MIG_NVML_LIBRARY/)
})

test('any other failure is an NvmlError with the function and the GPU', () => {
  const error = failureError({ ok: false, ret: 999, fn: 'nvmlInit_v2' }, { gpu: 'GPU-1' })
  if (!isNvmlError(error)) throw error
  expect(error).toMatchObject({ code: 'NVML_ERROR_UNKNOWN', fn: 'nvmlInit_v2', gpu: 'GPU-1' })
})
