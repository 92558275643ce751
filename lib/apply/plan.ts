import type { MigConfigInput } from '../../types/config.js'
import type { ConfigOptions } from '../../types/options.js'
import type { MigPlan } from '../../types/plan.js'
import type { GpuProcess, GpuUuid, MigState } from '../../types/state.js'
import { parseConfig, resolveConfig, type SelectedConfig, selectConfig } from '../config/index.js'
import type { DriverSession } from '../driver/session.js'
import { isNvmlError } from '../errors.js'
import { planMachine } from '../plan/index.js'
import { withSession } from './with-session.js'

export async function planMigConfig(
  input: MigConfigInput,
  options: ConfigOptions = {},
): Promise<MigPlan> {
  const config = selectConfig(parseConfig(input), options.config)
  return withSession(
    options,
    async (session) => (await readAndPlan(session, config, options.signal)).plan,
  )
}

/** Processes are asked for only on GPUs that would change: where nothing differs nobody is in the way. */
export async function readAndPlan(
  session: DriverSession,
  config: SelectedConfig,
  signal?: AbortSignal,
): Promise<{ state: MigState; plan: MigPlan }> {
  const state = await session.readState(signal === undefined ? {} : { signal })
  const resolved = { ...resolveConfig(config, state), locate: config.locate }
  const plan = planMachine(resolved)
  const processes = new Map<GpuUuid, readonly GpuProcess[]>()
  for (const gpu of plan.gpus) {
    if (gpu.steps.length > 0) processes.set(gpu.gpu, await readHolders(session, gpu.gpu, signal))
  }
  const inTheWay = [...processes.values()].some((list) => list.length > 0)
  return { state, plan: inTheWay ? planMachine(resolved, processes) : plan }
}

/** An unprivileged caller may not see them; the driver then refuses by itself what is in use. */
async function readHolders(
  session: DriverSession,
  gpu: GpuUuid,
  signal: AbortSignal | undefined,
): Promise<readonly GpuProcess[]> {
  try {
    return await session.readProcesses(gpu, signal === undefined ? {} : { signal })
  } catch (error) {
    if (isNvmlError(error) && error.code !== 'NVML_ERROR_GPU_IS_LOST') return []
    throw error
  }
}
