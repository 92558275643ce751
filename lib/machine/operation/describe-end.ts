import type { ApplyOptions } from '../../../types/machine/options.js'
import type { ApplyReport, GpuReport } from '../../../types/machine/report.js'
import { formatIndexRanges } from '../../model/gpu-text.js'
import { findGpu } from '../../model/state.js'

type Atomic = NonNullable<ApplyOptions['atomic']>

/** How the machine is after a failed apply, in words. */
export function describeEnd(report: ApplyReport, atomic: Atomic = 'machine'): string {
  switch (report.outcome) {
    case 'undone':
      return 'the machine is as before'
    case 'applied':
    case 'unchanged':
      return 'the machine is as wanted'
    case 'partial':
      return describePartial(report)
    default:
      return describeFailed(report, atomic)
  }
}

const ends: Readonly<Record<GpuReport['outcome'], string>> = {
  unchanged: 'as wanted',
  applied: 'as wanted',
  planned: 'as before',
  undone: 'as before',
  partial: 'changed in part',
  failed: 'changed in part',
}

/** `as wanted: GPU 0-2; as before: GPU 3`. */
function describePartial({ gpus }: ApplyReport): string {
  return [...new Set(gpus.map(({ outcome }) => ends[outcome]))]
    .map((end) => {
      const alike = gpus.filter(({ outcome }) => ends[outcome] === end)
      return `${end}: GPU ${formatIndexRanges(alike.map(({ gpuIndex }) => gpuIndex))}`
    })
    .join('; ')
}

/** Says only what is known: this apply's own steps, and each GPU as it was read last. */
function describeFailed({ gpus, after }: ApplyReport, atomic: Atomic): string {
  const failed = gpus.filter(({ outcome }) => outcome === 'failed')
  const isThere = ({ gpu }: GpuReport): boolean => after !== null && findGpu(after, gpu) !== null
  const unread = failed.filter((gpu) => !isThere(gpu))
  const other = failed.filter((gpu) => isThere(gpu) && !hasLeftOver(gpu))
  return [
    ...(atomic === 'none' ? ['nothing was undone'] : describeUndo(gpus, failed)),
    ...(unread.length === 0 ? [] : [`GPU ${indexesOf(unread)} cannot be read any more`]),
    ...(other.length === 0 ? [] : [`GPU ${indexesOf(other)} changed, though not by this apply`]),
  ].join(', and ')
}

function describeUndo(gpus: readonly GpuReport[], failed: readonly GpuReport[]): readonly string[] {
  if (failed.some(hasLeftOver)) return ['not everything could be undone']
  const statuses = new Set(gpus.flatMap(({ steps }) => steps.map(({ status }) => status)))
  if (!statuses.has('undone')) return []
  // With `atomic: 'gpu'`, steps on other GPUs stay.
  return [
    statuses.has('done') ? 'what had failed was undone' : 'all that this apply did was undone',
  ]
}

/** Whether something that this apply did may still be there. */
function hasLeftOver({ steps }: GpuReport): boolean {
  return steps.some(({ status }) => status === 'undo-failed' || status === 'failed')
}

function indexesOf(gpus: readonly GpuReport[]): string {
  return gpus.map(({ gpuIndex }) => gpuIndex).join(', ')
}
