import type { TargetGpuInstance } from '../../../types/machine/plan.js'
import type {
  AnyGpuState,
  GpuInstance,
  GpuProcess,
  GpuState,
  ListedMigState,
  MigState,
} from '../../../types/model/state.js'
import { onOff } from '../../model/mode-text.js'
import { formatPlacement, isSameInstance, mayBePart } from '../../model/placement.js'
import { findGpu } from '../../model/state.js'
import type { WantedGpu } from '../../model/wanted.js'
import { compareCounts } from './compare-counts.js'
import { compareUnlisted } from './compare-unlisted.js'

/**
 * The differences between a GPU and its wanted state, one line each. Sizes and counts matter, places only
 * if they are wanted. `processes` decide what `keep: busy` keeps. A GPU instance without a compute
 * instance is a difference, because it takes space and no document of version 1 can ask for it.
 *
 * Null: the driver does not list instances to this process, and what it sees instead does not decide.
 */
export function compareGpu(
  wanted: WantedGpu<AnyGpuState>,
  state: ListedMigState,
  processes?: readonly GpuProcess[],
  modeOnly?: boolean,
): readonly string[]
export function compareGpu(
  wanted: WantedGpu<AnyGpuState>,
  state: MigState,
  processes?: readonly GpuProcess[],
  modeOnly?: boolean,
): readonly string[] | null
export function compareGpu(
  wanted: WantedGpu<AnyGpuState>,
  state: MigState,
  processes: readonly GpuProcess[] = [],
  modeOnly = false,
): readonly string[] | null {
  const gpu = findGpu(state, wanted.gpu.uuid)
  if (gpu === null) return ['The GPU is gone']
  if (gpu.mig === null) return ['The GPU cannot do MIG']
  const mode = compareMode(wanted, gpu.mig)
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
  { migEnabled: wanted, migPending = wanted }: WantedGpu<AnyGpuState>,
  { enabled, pending }: { readonly enabled: boolean; readonly pending: boolean },
): readonly string[] {
  const afterReset = pending === enabled ? '' : `, and ${onOff(pending)} after the next GPU reset`
  if (enabled === wanted && pending === migPending) return []
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

/** Instances that are missing, not wanted, or have other compute instances than wanted. */
function comparePlacements(
  wanted: readonly TargetGpuInstance[],
  { gpuInstances }: GpuState,
): readonly string[] {
  const liveAt = (instance: TargetGpuInstance): GpuInstance | undefined =>
    gpuInstances.find((live) => isSameInstance(live, instance))
  const missing = wanted.filter((instance) => liveAt(instance) === undefined)
  const surplus = gpuInstances.filter(
    (live) => !wanted.some((instance) => isSameInstance(live, instance)),
  )
  return [
    ...missing.map((instance) => `${describe(instance)} is missing`),
    ...surplus.map((instance) => `${describe(instance)} is not wanted`),
    ...wanted.flatMap((instance) => {
      const live = liveAt(instance)
      if (live === undefined || holdsParts(live, instance)) return []
      return [`${describe(instance)} has ${describeParts(live)}; wanted ${describeParts(instance)}`]
    }),
  ]
}

/** Whether each wanted compute instance has one of its own that it may be. */
function holdsParts(live: GpuInstance, { computeInstances }: TargetGpuInstance): boolean {
  if (live.computeInstances.length !== computeInstances.length) return false
  const left = new Set(live.computeInstances)
  // Those with a known place choose first, because the others can take any.
  return computeInstances
    .toSorted((a, b) => Number(a.placement === null) - Number(b.placement === null))
    .every((part) => {
      const found = [...left].find((there) => mayBePart(there, part))
      return found !== undefined && left.delete(found)
    })
}

function describe({ profileName, placement }: GpuInstance | TargetGpuInstance): string {
  return `${profileName} at ${formatPlacement(placement)}`
}

function describeParts({ computeInstances }: GpuInstance | TargetGpuInstance): string {
  const parts = computeInstances.map(({ name, placement }) =>
    placement === null ? name : `${name} from slice ${placement.start}`,
  )
  return parts.length === 0 ? 'no compute instance' : parts.join(', ')
}
