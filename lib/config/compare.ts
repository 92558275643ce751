import type { Geometry } from '../../types/geometry.js'
import type { TargetGpuInstance } from '../../types/plan.js'
import type { Partition } from '../../types/solver.js'
import type { GpuProcess, GpuState, MigState } from '../../types/state.js'
import { type Keep, listKeptDevices } from '../model/kept-devices.js'
import { onOff } from '../model/mode-text.js'
import { computeInstanceName } from '../model/profile-names.js'
import { findGpu, listMigDevices } from '../model/state.js'
import { comparePlacements } from './compare-placements.js'

/** How a GPU shall be; as `ResolvedGpu`. */
export interface ComparedGpu {
  readonly gpu: GpuState
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
 * takes space and nothing can ask for it.
 */
export function compareGpu(
  wanted: ComparedGpu,
  state: MigState,
  processes: readonly GpuProcess[] = [],
  modeOnly = false,
): readonly string[] {
  const gpu = findGpu(state, wanted.gpu.uuid)
  if (gpu === null) return ['The GPU is gone']
  if (gpu.mig === null) return ['The GPU cannot do MIG']
  const mode = compareMode(wanted.migEnabled, gpu.mig)
  if (modeOnly) return mode
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

function compareCounts(
  wanted: ComparedGpu,
  gpu: GpuState,
  processes: readonly GpuProcess[],
): readonly string[] {
  const sizes = new Map<
    string,
    { readonly name: string; wanted: number; present: number; kept: number }
  >()
  const sizeOf = (profileId: number, sliceCount: number, name: () => string) => {
    const key = `${profileId}/${sliceCount}`
    const size = sizes.get(key) ?? { name: name(), wanted: 0, present: 0, kept: 0 }
    sizes.set(key, size)
    return size
  }
  for (const { profileId, sliceCount, count } of wanted.wanted) {
    sizeOf(profileId, sliceCount, () => nameOf(wanted, profileId, sliceCount)).wanted += count
  }
  for (const { gpuInstance, computeInstance } of listMigDevices(gpu)) {
    const { sliceCount, name } = computeInstance
    sizeOf(gpuInstance.profileId, sliceCount, () => name).present += 1
  }
  for (const { gpuInstance, computeInstance } of listKeptDevices(gpu, wanted.keep, processes)) {
    const { sliceCount, name } = computeInstance
    sizeOf(gpuInstance.profileId, sliceCount, () => name).kept += 1
  }
  return [...sizes.values()]
    .filter((size) => {
      const least = Math.max(size.wanted, size.kept)
      return wanted.atLeast === true ? size.present < least : size.present !== least
    })
    .map((size) => `${size.name}: ${size.present} present, ${size.wanted} wanted`)
}

function nameOf({ geometry = null }: ComparedGpu, profileId: number, sliceCount: number): string {
  const profile = geometry?.profiles.find(({ id }) => id === profileId)
  return profile === undefined
    ? `${sliceCount} slices of profile ${profileId}`
    : computeInstanceName(profile, sliceCount)
}

function listBareInstances({ gpuInstances }: GpuState): readonly string[] {
  return gpuInstances
    .filter(({ computeInstances }) => computeInstances.length === 0)
    .map(({ id, profileName, placement: { start, size } }) => {
      const where = `memory ${start}:${size}`
      return `GPU instance ${id} (${profileName} at ${where}) has no compute instance`
    })
}
