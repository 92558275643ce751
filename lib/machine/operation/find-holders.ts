import type { PlanStep } from '../../../types/machine/plan.js'
import type { GpuHolder, GpuProcess } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { describeProcess } from '../../model/process-text.js'

const mostInText = 5

/**
 * The processes that hold what a step needs, which the driver refused since it is in use. Those that have
 * merely opened the GPU count where none works on it. None where that cannot be found out.
 */
export async function findHolders(
  session: DriverSession,
  step: PlanStep,
): Promise<readonly GpuHolder[]> {
  const { gpu, gpuIndex } = step
  try {
    const { processes } = await session.readHolders([gpu], { scan: true })
    const all = (processes.get(gpu) ?? [])
      .filter((process) => mayHold(process, step))
      .map((process) => ({ ...process, gpu, gpuIndex }))
    const working = all.filter((holder) => holder.opensNodeOnly !== true)
    return working.length === 0 ? all : working
  } catch {
    return []
  }
}

/** A process in another instance does not keep this one from being destroyed. */
function mayHold({ gpuInstanceId, computeInstanceId }: GpuProcess, step: PlanStep): boolean {
  if (gpuInstanceId === null) return true
  if (step.kind === 'destroy-gpu-instance') return gpuInstanceId === step.gpuInstanceId
  if (step.kind !== 'destroy-compute-instance') return true
  const isInside = computeInstanceId === null || computeInstanceId === step.computeInstanceId
  return gpuInstanceId === step.gpuInstanceId && isInside
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
