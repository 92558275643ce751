import type { StepReport } from '../../../types/machine/report.js'
import type { DriverSession } from '../../driver/session.js'
import { isNvmlError, MigError } from '../../errors.js'

/**
 * The cause behind a GPU instance that is in use: a compute instance of it whose destruction the driver
 * reported, and that is there all the same. Null: that is not the cause, or cannot be seen.
 */
export async function findClaimedDestruction(
  session: Pick<DriverSession, 'readGpu'>,
  steps: readonly StepReport[],
  { step, error }: StepReport,
): Promise<MigError | null> {
  if (step.kind !== 'destroy-gpu-instance' || !isNvmlError(error)) return null
  if (error.code !== 'NVML_ERROR_IN_USE') return null
  const gpu = await session.readGpu(step.gpu).catch(() => null)
  const instance = gpu?.gpuInstances.find(({ id }) => id === step.gpuInstanceId)
  for (const done of steps) {
    if (done.step.kind !== 'destroy-compute-instance' || done.status !== 'done') continue
    const { gpu: of, gpuInstanceId, computeInstanceId: id } = done.step
    if (of !== step.gpu || gpuInstanceId !== step.gpuInstanceId) continue
    if (instance?.computeInstances.some((each) => each.id === id) !== true) continue
    return new MigError(
      'MIG_VERIFY_FAILED',
      `GPU ${step.gpuIndex}: the driver reports success for destroying compute instance ${id} of GPU instance ${gpuInstanceId}, and there is one of that id still`,
      { cause: error },
    )
  }
  return null
}
