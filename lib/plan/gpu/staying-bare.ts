import type { Geometry, GpuInstanceProfile } from '../../../types/model/geometry.js'
import type { ComputeInstance, GpuInstance } from '../../../types/model/state.js'
import { deepFreeze } from '../../model/freeze.js'
import { isSamePlace } from '../../model/placement.js'
import type { WantedGpu } from '../../model/wanted.js'
import { compileGeometry } from '../../solver/tables/tables.js'
import type { GpuPlanResult } from './planning.js'

/**
 * Plans around GPU instances that stay without compute instances. The solver knows no such target: it plans as if each of
 * them had a compute instance that fills it and must stay.
 */
export function planAroundBare(
  wanted: WantedGpu,
  plan: (wanted: WantedGpu) => GpuPlanResult,
): GpuPlanResult {
  const { gpu, geometry, bare = new Set() } = wanted
  const imagined = new Map<GpuInstance, ComputeInstance>()
  for (const instance of bare) {
    const profile = geometry?.profiles.find(({ id }) => id === instance.profileId)
    if (geometry !== null && profile !== undefined)
      imagined.set(instance, wholeOf(profile, geometry))
  }
  if (imagined.size === 0) return plan(wanted)
  const result = plan({
    ...wanted,
    gpu: {
      ...gpu,
      gpuInstances: gpu.gpuInstances.map((instance) => {
        const whole = imagined.get(instance)
        return whole === undefined ? instance : { ...instance, computeInstances: [whole] }
      }),
    },
    wanted: [
      ...wanted.wanted,
      ...[...imagined].map(([{ profileId }, { sliceCount }]) => ({
        profileId,
        sliceCount,
        count: 1,
      })),
    ],
    pinned: new Set([...(wanted.pinned ?? []), ...imagined.values()]),
  })
  if (result.kind !== 'plan') return result
  const { target } = result.plan
  const gpuInstances = target.gpuInstances.map((instance) =>
    [...imagined.keys()].some(({ placement }) => isSamePlace(placement, instance.placement))
      ? { ...instance, computeInstances: [] }
      : instance,
  )
  return deepFreeze({ kind: 'plan', plan: { ...result.plan, target: { ...target, gpuInstances } } })
}

function wholeOf(
  { id, name, sliceCount }: GpuInstanceProfile,
  geometry: Geometry,
): ComputeInstance {
  const whole = compileGeometry(geometry).profileById.get(id)?.compute.whole ?? null
  const placement = whole === null ? null : { start: whole.start, size: whole.size }
  return { id: 0, profileId: 0, name, sliceCount, placement, uuid: null }
}
