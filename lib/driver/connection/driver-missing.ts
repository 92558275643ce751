import { isMigError, isNvmlError } from '../../errors.js'

/** Whether an error says that no driver is loaded, or that its library is not there. */
export function isDriverMissing(error: unknown): error is Error {
  if (isNvmlError(error)) return error.code === 'NVML_ERROR_DRIVER_NOT_LOADED'
  return isMigError(error) && error.code === 'MIG_DRIVER_NOT_FOUND'
}
