import type { TargetGpuInstance } from '../../types/machine/plan.js'
import type { Geometry } from '../../types/model/geometry.js'
import type {
  AnyGpuState,
  GpuProcess,
  GpuState,
  ListedMigState,
  MigState,
} from '../../types/model/state.js'
import type { Partition } from '../../types/solver/layout.js'
import type { Keep } from '../model/kept-devices.js'
import { onOff } from '../model/mode-text.js'
import { findGpu } from '../model/state.js'
import { compareCounts } from './compare-counts.js'
import { comparePlacements } from './compare-placements.js'
import { compareUnlisted } from './compare-unlisted.js'

/** How a GPU shall be; as `ResolvedGpu`. */
export interface ComparedGpu {
  readonly gpu: AnyGpuState
  readonly migEnabled: boolean
  readonly geometry?: Geometry | null
  readonly wanted: Partition
  readonly placements?: readonly TargetGpuInstance[]
  readonly atLeast?: true
  readonly keep?: Keep
}

/**
 * What of a GPU is not as wanted, one line for each difference; empty when all is. Places do not
 * matter unless they were asked for, only sizes and counts. The processes tell what `keep: busy` keeps. A GPU instance without a compute instance is a difference: it
 * takes space and nothing can ask for it. Null where instances are not listed to this process, and what it
 * sees instead does not decide.
 */
export function compareGpu(
  wanted: ComparedGpu,
  state: ListedMigState,
  processes?: readonly GpuProcess[],
  modeOnly?: boolean,
): readonly string[]
export function compareGpu(
  wanted: ComparedGpu,
  state: MigState,
  processes?: readonly GpuProcess[],
  modeOnly?: boolean,
): readonly string[] | null
export function compareGpu(
  wanted: ComparedGpu,
  state: MigState,
  processes: readonly GpuProcess[] = [],
  modeOnly = false,
): readonly string[] | null {
  const gpu = findGpu(state, wanted.gpu.uuid)
  if (gpu === null) return ['The GPU is gone']
  if (gpu.mig === null) return ['The GPU cannot do MIG']
  const mode = compareMode(wanted.migEnabled, gpu.mig)
  if (modeOnly) return mode
  if (gpu.gpuInstances === null) {
    const differences = compareUnlisted(wanted, gpu, processes)
    return mode.length === 0 ? differences : [...mode, ...(differences ?? [])]
  }
  return wanted.placements === undefined
    ? [...mode, ...compareCounts(wanted, gpu, processes), ...listBareInstances(gpu)]
    : [...mode, ...comparePlacements(wanted.placements, gpu)]
}

function compareMode(
  wanted: boolean,
  { enabled, pending }: { readonly enabled: boolean; readonly pending: boolean },
): readonly string[] {
  const afterReset = pending === enabled ? '' : `, and ${onOff(pending)} after the next GPU reset`
  if (enabled === wanted && pending === wanted) return []
  return [`MIG is ${onOff(enabled)}${afterReset}; wanted ${onOff(wanted)}`]
}

function listBareInstances({ gpuInstances }: GpuState): readonly string[] {
  return gpuInstances
    .filter(({ computeInstances }) => computeInstances.length === 0)
    .map(({ id, profileName, placement: { start, size } }) => {
      const where = `memory ${start}:${size}`
      return `GPU instance ${id} (${profileName} at ${where}) has no compute instance`
    })
}
