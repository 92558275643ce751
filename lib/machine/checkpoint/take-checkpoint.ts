import type { CheckpointGpu, MigCheckpoint } from '../../../types/machine/checkpoint.js'
import type { GpuInstance, GpuState, ListedMigState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { deepFreeze } from '../../model/freeze.js'

export function checkpointText(checkpoint: MigCheckpoint): string {
  return `${JSON.stringify(checkpoint, null, 2)}\n`
}

/** Throws `MIG_GPU_LOST` if a GPU cannot be read. */
export function takeCheckpoint(state: ListedMigState): MigCheckpoint {
  const [lost] = state.lostGpus
  if (lost !== undefined)
    throw new MigError(
      'MIG_GPU_LOST',
      `GPU ${lost.index} has fallen off the bus, so a checkpoint would lack it`,
    )
  return deepFreeze({
    version: 'mig-nvml/checkpoint/v1',
    takenAt: new Date().toISOString(),
    driverVersion: state.driverVersion,
    gpus: state.gpus.flatMap((gpu) => checkpointGpu(gpu) ?? []),
  })
}

function checkpointGpu({ uuid, index, name, mig, gpuInstances }: GpuState): CheckpointGpu | null {
  if (mig === null) return null
  return {
    uuid,
    index,
    name,
    mig: { ...mig },
    gpuInstances: gpuInstances.map((instance) => ({
      profileId: instance.profileId,
      profileName: instance.profileName,
      placement: { ...instance.placement },
      computeInstances: instance.computeInstances.map(checkpointPart),
    })),
  }
}

function checkpointPart({
  profileId,
  name,
  sliceCount,
  placement,
}: GpuInstance['computeInstances'][number]): CheckpointGpu['gpuInstances'][number]['computeInstances'][number] {
  return { profileId, name, sliceCount, placement: placement === null ? null : { ...placement } }
}
