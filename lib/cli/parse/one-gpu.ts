import type { MigState } from '../../../types/model/state.js'
import type { UsedMigState } from '../../../types/model/usage.js'
import { readSelector } from '../../config/document/read-entry.js'
import { type GpuIdentity, selectsGpu } from '../../config/match/gpu-selector.js'
import { MigError } from '../../errors.js'
import { describeGpus } from '../../model/gpu-text.js'

/** Whether a text names a GPU: by NVML index, UUID or PCI address. */
export function isMeant(text: string): (gpu: GpuIdentity) => boolean {
  const selector = readSelector(/^\d+$/.test(text) ? Number(text) : text)
  return (gpu) => selectsGpu(selector, gpu)
}

/** The state of one GPU alone. Throws `MIG_GPU_NOT_FOUND`. */
export function onlyGpu(state: MigState | UsedMigState, text: string): MigState | UsedMigState {
  const gpus = state.gpus.filter(isMeant(text))
  const lostGpus = state.lostGpus.filter(isMeant(text))
  if (gpus.length + lostGpus.length === 0) throw noSuchGpu(text, describeGpus(state.gpus))
  if (!('usage' in state)) return { ...state, gpus, lostGpus }
  const usage = state.usage.filter((each) => gpus.some(({ uuid }) => uuid === each.gpu))
  return { ...state, gpus, lostGpus, usage }
}

/** `there`: what the machine has. */
export function noSuchGpu(text: string, there: string): MigError {
  return new MigError('MIG_GPU_NOT_FOUND', `This machine has no GPU ${text}: it has ${there}`)
}
