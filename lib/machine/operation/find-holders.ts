import type { PlanStep } from '../../../types/machine/plan.js'
import type { GpuHolder, GpuProcess } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { describeProcess } from '../../model/process-text.js'

const mostInText = 5

/**
 * The processes that hold what a step needs, after the driver refused it as in use. Processes that have only opened the
 * GPU count if none works on it. Empty if the processes cannot be read.
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

/** A process in another instance does not block the destruction of this one. */
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
  const text = describeProcess(holder)
  return holder.gpuInstanceId === null ? text : `${text} in GPU instance ${holder.gpuInstanceId}`
}
