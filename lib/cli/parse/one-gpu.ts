import type { MigState } from '../../../types/model/state.js'
import { readSelector } from '../../config/document/read-entry.js'
import { selectsGpu } from '../../config/match/gpu-selector.js'
import { MigError } from '../../errors.js'
import { describeGpus } from '../../model/gpu-text.js'

/** The state of one GPU alone, by NVML index, UUID or PCI address. Throws `MIG_GPU_NOT_FOUND`. */
export function onlyGpu(state: MigState, text: string): MigState {
  const selector = readSelector(/^\d+$/.test(text) ? Number(text) : text)
  const gpus = state.gpus.filter((gpu) => selectsGpu(selector, gpu))
  const lostGpus = state.lostGpus.filter((gpu) => selectsGpu(selector, gpu))
  if (gpus.length + lostGpus.length > 0) return { ...state, gpus, lostGpus }
  throw new MigError(
    'MIG_GPU_NOT_FOUND',
    `This machine has no GPU ${text}: it has ${describeGpus(state.gpus)}`,
  )
}
