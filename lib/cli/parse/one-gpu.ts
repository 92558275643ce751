import type { MigState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { describeGpus } from '../../model/gpu-text.js'

/** The state of one GPU alone, by NVML index or UUID. Throws `MIG_GPU_NOT_FOUND`. */
export function onlyGpu(state: MigState, gpu: string): MigState {
  const isMeant = ({ index, uuid }: { readonly index: number; readonly uuid: string | null }) =>
    String(index) === gpu || uuid === gpu
  const gpus = state.gpus.filter(isMeant)
  const lostGpus = state.lostGpus.filter(isMeant)
  if (gpus.length + lostGpus.length > 0) return { ...state, gpus, lostGpus }
  throw new MigError(
    'MIG_GPU_NOT_FOUND',
    `This machine has no GPU ${gpu}: it has ${describeGpus(state.gpus)}`,
  )
}
