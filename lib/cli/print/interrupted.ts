import type { InterruptedApply } from '../../machine/journal/find-interrupted.js'
import { formatIndexRanges } from '../../model/gpu-text.js'
import type { Terminal } from '../parse/verb.js'

/** What crashes have left, and the command that cleans up. */
export function printInterrupted(applies: readonly InterruptedApply[], { out }: Terminal): void {
  if (applies.length === 0) return
  for (const apply of applies) out(`${describeInterrupted(apply)}\n`)
  out('mig-nvml recover undoes what an interrupted apply has left, or finishes it.\n')
}

function describeInterrupted({ config, by, startedAt, gpus, reason }: InterruptedApply): string {
  const indexes = gpus.flatMap(({ gpuIndex }) => (gpuIndex === null ? [] : [gpuIndex]))
  const unknown = gpus.flatMap(({ gpu, gpuIndex }) => (gpuIndex === null ? [gpu] : []))
  const listed = indexes.length === 0 ? [] : [`GPU ${formatIndexRanges(indexes)}`]
  const where = [...listed, ...unknown].join(', ')
  return config === null
    ? `${where}: an apply was interrupted; its journal cannot be used: ${reason}`
    : `${where}: an apply of ${config} by ${by}, started at ${startedAt}, was interrupted`
}
