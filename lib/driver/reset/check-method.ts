import type { ResetMethod } from '../../../types/options.js'

/** A TypeError for what is no way to reset a GPU. */
export function checkResetMethod(method: unknown): asserts method is ResetMethod | undefined {
  const isNamed = method === 'nvidia-smi' || method === 'sysfs' || method === 'none'
  if (method !== undefined && !isNamed && typeof method !== 'function')
    throw new TypeError("reset must be 'nvidia-smi', 'sysfs', 'none' or a function")
}
