import type { MigConfigInput } from '../../types/config.js'
import type { ConfigOptions } from '../../types/options.js'
import type { AssertReport } from '../../types/report.js'
import { compareGpu, parseConfig, resolveConfig, selectConfig } from '../config/index.js'
import { readMigState } from './read.js'

export async function assertMigConfig(
  input: MigConfigInput,
  options: ConfigOptions = {},
): Promise<AssertReport> {
  const config = selectConfig(parseConfig(input), options.config)
  const state = await readMigState(options)
  const gpus = resolveConfig(config, state).gpus.map((resolved) => {
    const differences = compareGpu(resolved, state)
    return {
      gpu: resolved.gpu.uuid,
      gpuIndex: resolved.gpu.index,
      matches: differences.length === 0,
      differences,
    }
  })
  return { matches: gpus.every((gpu) => gpu.matches), gpus }
}
