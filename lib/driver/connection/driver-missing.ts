import { isMigError, isNvmlError } from '../../errors.js'

/** Whether an error says that no driver is loaded, or that its library is not there. */
export function isDriverMissing(error: unknown): error is Error {
  if (isNvmlError(error)) return error.code === 'NVML_ERROR_DRIVER_NOT_LOADED'
  return isMigError(error) && error.code === 'MIG_DRIVER_NOT_FOUND'
}

/** Whether an error says that this user may not use the driver at all: it opens none of the device nodes. */
export function isDriverForbidden(error: unknown): error is Error {
  return (
    isNvmlError(error) &&
    error.code === 'NVML_ERROR_NO_PERMISSION' &&
    error.fn.startsWith('nvmlInit')
  )
}
