import type { PlanStep } from '../../types/plan.js'
import type { GpuHolder } from '../../types/state.js'
import type { DriverSession } from '../driver/session.js'
import { describeProcess } from '../model/process-text.js'

const mostInText = 5

/**
 * Who holds the GPU of a step that the driver refused since it is in use. Who has merely opened it counts
 * where nobody works on it. Nobody where that cannot be found out.
 */
export async function findHolders(
  session: DriverSession,
  { gpu, gpuIndex }: Pick<PlanStep, 'gpu' | 'gpuIndex'>,
): Promise<readonly GpuHolder[]> {
  try {
    const { processes } = await session.readHolders([gpu], { scan: true })
    const all = (processes.get(gpu) ?? []).map((process) => ({ ...process, gpu, gpuIndex }))
    const working = all.filter((holder) => holder.opensNodeOnly !== true)
    return working.length === 0 ? all : working
  } catch {
    return []
  }
}

/** `; in use by python3 (pid 4711) in GPU instance 3`, or nothing. */
export function formatHolders(holders: readonly GpuHolder[]): string {
  if (holders.length === 0) return ''
  const named = holders.slice(0, mostInText).map(describeHolder)
  const rest = holders.length - named.length
  return `; in use by ${named.join(', ')}${rest === 0 ? '' : ` and ${rest} more`}`
}

function describeHolder(holder: GpuHolder): string {
  const who = describeProcess(holder)
  return holder.gpuInstanceId === null ? who : `${who} in GPU instance ${holder.gpuInstanceId}`
}
