import type { SlowCall } from '../../types/machine/options.js'

/**
 * `GPU 0: nvmlDeviceSetMigMode has not come back for 10 s (turn MIG mode on); still waiting`. `part` is
 * what the call is part of.
 */
export function describeSlow({ fn, gpuIndex, durationMs }: SlowCall, part?: string): string {
  const where = gpuIndex === null ? '' : `GPU ${gpuIndex}: `
  const what = part === undefined ? '' : ` (${part})`
  return `${where}${fn} has not come back for ${(durationMs / 1000).toFixed(0)} s${what}; still waiting`
}
