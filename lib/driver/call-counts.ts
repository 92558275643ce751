import type { GpuUuid } from '../../types/model/state.js'
import type { NativeCallCounts, SessionCallCounts } from './addon.js'

export const noCalls: SessionCallCounts = { total: 0, changing: 0, gpus: {} }

export function addCounts(a: SessionCallCounts, b: SessionCallCounts): SessionCallCounts {
  const gpus: Record<GpuUuid, NativeCallCounts> = { ...a.gpus }
  for (const [gpu, counts] of Object.entries(b.gpus) as [GpuUuid, NativeCallCounts][])
    gpus[gpu] = sum(gpus[gpu], counts)
  return { ...sum(a, b), gpus }
}

function sum(a: NativeCallCounts | undefined, b: NativeCallCounts): NativeCallCounts {
  return { total: (a?.total ?? 0) + b.total, changing: (a?.changing ?? 0) + b.changing }
}
