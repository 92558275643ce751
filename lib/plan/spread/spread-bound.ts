import { sum } from '../../model/numbers.js'
import { listPlacedDevices } from '../../model/state.js'
import type { WantedSpread, WantedSpreadGpu } from '../../model/wanted.js'
import { weigh } from '../gpu/disturbance.js'
import type { Counts } from './spread-counts.js'

/** What of a spread is present on a GPU, or on several together. */
export interface Present {
  /** Compute instances of each size. */
  readonly devices: Counts
  /** GPU instances of the profiles of each group of sizes. */
  readonly instances: Counts
  /** Compute and GPU instances of no size that is wanted. */
  readonly strange: { readonly devices: number; readonly instances: number }
  readonly modeChanges: number
}

/** Sizes that share GPU instances, because they are parts of one profile. */
interface SizeGroup {
  /** Sizes that need a GPU instance each. */
  readonly whole: readonly number[]
  /** Sizes of which several may share a GPU instance. */
  readonly parts: readonly number[]
}

export interface SpreadBound {
  readonly presentOn: (gpu: WantedSpreadGpu) => Present
  /** A lower bound of the cost to get the wanted devices where these are present. */
  readonly leastCost: (present: Present, wanted: Counts, mayLeave: boolean) => number
}

/** Lower bounds of the cost of a spread, from counts alone. */
export function createSpreadBound(spread: WantedSpread): SpreadBound {
  const groups = groupSizes(spread)
  return {
    presentOn: (gpu) => countPresent(gpu, groups),
    leastCost: (present, wanted, mayLeave) => leastCost(groups, present, wanted, mayLeave),
  }
}

function groupSizes({ sizes, gpus }: WantedSpread): readonly SizeGroup[] {
  const groups: number[][] = []
  for (const size of sizes.keys()) {
    const sharing = groups.find((group) =>
      group.some((other) =>
        gpus.some(
          (gpu) =>
            gpu.sizes[size] != null && gpu.sizes[size]?.profileId === gpu.sizes[other]?.profileId,
        ),
      ),
    )
    if (sharing === undefined) groups.push([size])
    else sharing.push(size)
  }
  const isWhole = (size: number): boolean => gpus.every((gpu) => isWholeOn(gpu, size))
  return groups.map((group) => ({
    whole: group.filter(isWhole),
    parts: group.filter((size) => !isWhole(size)),
  }))
}

function isWholeOn({ gpu, sizes }: WantedSpreadGpu, size: number): boolean {
  const wanted = sizes[size] ?? null
  const geometry = gpu.geometry
  const profile = geometry?.profiles.find(({ id }) => id === wanted?.profileId)
  return wanted === null || profile?.sliceCount === wanted.sliceCount
}

function countPresent(gpu: WantedSpreadGpu, groups: readonly SizeGroup[]): Present {
  const { gpu: state, migEnabled } = gpu.gpu
  const devices = gpu.sizes.map(
    (size) =>
      listPlacedDevices(state).filter(
        ({ gpuInstance, computeInstance }) =>
          gpuInstance.profileId === size?.profileId &&
          computeInstance.sliceCount === size.sliceCount,
      ).length,
  )
  const instances = groups.map(({ whole, parts }) => {
    const ids = new Set([...whole, ...parts].map((size) => gpu.sizes[size]?.profileId))
    return state.gpuInstances.filter(({ profileId }) => ids.has(profileId)).length
  })
  return {
    devices,
    instances,
    strange: {
      devices: listPlacedDevices(state).length - sum(devices),
      instances: state.gpuInstances.length - sum(instances),
    },
    modeChanges: state.mig?.enabled === migEnabled ? 0 : 1,
  }
}

function leastCost(
  groups: readonly SizeGroup[],
  present: Present,
  wanted: Counts,
  mayLeave: boolean,
): number {
  const surplus = present.devices.map((there, size) => Math.max(0, there - (wanted[size] ?? 0)))
  const changes = groups.map(({ whole, parts }, group) => {
    const there = present.instances[group] ?? 0
    const wholes = sum(whole.map((size) => wanted[size] ?? 0))
    const others = sum(parts.map((size) => wanted[size] ?? 0))
    return {
      created: Math.max(0, wholes - there),
      destroyed: Math.max(0, there - wholes - others),
    }
  })
  return weigh({
    lostDevices: mayLeave ? 0 : sum(surplus) + present.strange.devices,
    modeChanges: present.modeChanges,
    destroyed: mayLeave
      ? 0
      : sum(changes.map(({ destroyed }) => destroyed)) + present.strange.instances,
    created: sum(changes.map(({ created }) => created)),
  })
}

/** What two sets of GPUs have together. */
export function addPresent(a: Present, b: Present): Present {
  const add = (left: Counts, right: Counts): Counts =>
    left.map((count, index) => count + (right[index] ?? 0))
  return {
    devices: add(a.devices, b.devices),
    instances: add(a.instances, b.instances),
    strange: {
      devices: a.strange.devices + b.strange.devices,
      instances: a.strange.instances + b.strange.instances,
    },
    modeChanges: a.modeChanges + b.modeChanges,
  }
}
