import type { PlanStep } from '../../types/machine/plan.js'
import type { Geometry, Placement } from '../../types/model/geometry.js'
import type { GpuInstance, GpuState, MigMode } from '../../types/model/state.js'
import type { Layout, PlacedGpuInstance } from '../../types/solver/layout.js'
import { allFillings, isLegalSet } from './brute-force.js'

/** A GPU as the driver would tell it. Ids are the order of the instances, as if just created. */
export function gpuWith(
  geometry: Geometry,
  layout: Layout,
  options: { readonly mig?: MigMode | null; readonly index?: number } = {},
): GpuState {
  const { mig = { enabled: true, pending: true }, index = 0 } = options
  return {
    index,
    uuid: `GPU-${String(index).padStart(8, '0')}-0000-0000-0000-000000000000`,
    name: 'NVIDIA Test GPU',
    pciBusId: `00000000:0${index}:00.0`,
    pciDeviceId: 0x20b010de,
    pciSubsystemId: 0,
    minorNumber: index,
    memoryMiB: 40960,
    mig,
    geometry,
    gpuInstances: [...layout]
      .sort((a, b) => a.placement.start - b.placement.start)
      .map((instance, id) => liveInstance(geometry, instance, id + 1)),
  }
}

function liveInstance(geometry: Geometry, instance: PlacedGpuInstance, id: number): GpuInstance {
  const profile = geometry.profiles.find((entry) => entry.id === instance.profileId)
  if (profile === undefined) throw new Error(`no profile ${instance.profileId}`)
  return {
    id,
    profileId: profile.id,
    profileName: profile.name,
    placement: instance.placement,
    computeInstances: instance.computeInstances.map(({ sliceCount, placement }, computeId) => ({
      id: computeId,
      profileId: sliceCount,
      name: sliceCount === profile.sliceCount ? profile.name : `${sliceCount}c.${profile.name}`,
      sliceCount,
      placement,
      uuid: null,
    })),
  }
}

/** Does what a driver does with a step, and throws where a driver would refuse or a rule would break. */
export function runStep(geometry: Geometry, gpu: GpuState, step: PlanStep): GpuState {
  if (step.gpu !== gpu.uuid) throw new Error('another GPU')
  if (step.kind === 'set-mig-mode') {
    if (!step.enabled && gpu.gpuInstances.length > 0) throw new Error('MIG off with instances')
    return { ...gpu, mig: { enabled: step.enabled, pending: step.enabled } }
  }
  if (gpu.mig?.enabled !== true) throw new Error('MIG is off')
  const after = { ...gpu, gpuInstances: changeInstances(geometry, gpu.gpuInstances, step) }
  assertLegal(geometry, after)
  return after
}

function changeInstances(
  geometry: Geometry,
  instances: readonly GpuInstance[],
  step: Exclude<PlanStep, { kind: 'set-mig-mode' }>,
): readonly GpuInstance[] {
  switch (step.kind) {
    case 'destroy-gpu-instance': {
      const gone = instances.find(({ id }) => id === step.gpuInstanceId)
      if (gone === undefined || gone.computeInstances.length > 0) throw new Error('cannot destroy')
      return instances.filter((instance) => instance !== gone)
    }
    case 'create-gpu-instance': {
      const { profileId, placement } = step
      const id = Math.max(0, ...instances.map((instance) => instance.id)) + 1
      return [
        ...instances,
        liveInstance(geometry, { profileId, placement, computeInstances: [] }, id),
      ]
    }
    case 'destroy-compute-instance':
      return instances.map((instance) => {
        if (instance.id !== step.gpuInstanceId) return instance
        const rest = instance.computeInstances.filter(({ id }) => id !== step.computeInstanceId)
        if (rest.length === instance.computeInstances.length) throw new Error('not there')
        return { ...instance, computeInstances: rest }
      })
    case 'create-compute-instance': {
      const place = step.placement
      if (place === null) throw new Error('the model needs a place')
      const host = instances.find((instance) => same(instance.placement, step.gpuInstancePlacement))
      if (host?.profileId !== step.gpuInstanceProfileId) throw new Error('no such GPU instance')
      const id = Math.max(-1, ...host.computeInstances.map((compute) => compute.id)) + 1
      const { name, sliceCount } = step
      const compute = { id, profileId: sliceCount, name, sliceCount, placement: place, uuid: null }
      return instances.map((instance) =>
        instance === host
          ? { ...instance, computeInstances: [...instance.computeInstances, compute] }
          : instance,
      )
    }
  }
}

function assertLegal(geometry: Geometry, gpu: GpuState): void {
  const spots = gpu.gpuInstances.map(({ profileId, placement }) => {
    const profile = geometry.profiles.find((entry) => entry.id === profileId)
    if (profile === undefined) throw new Error(`no profile ${profileId}`)
    if (!profile.placements.some((other) => same(other, placement)))
      throw new Error('no such place')
    return { profile, placement }
  })
  if (!isLegalSet(geometry, spots)) throw new Error('illegal set of GPU instances')
  for (const [index, { profile }] of spots.entries()) {
    const inside = gpu.gpuInstances[index]?.computeInstances ?? []
    const legal = [[], ...allFillings(profile)].some(
      (filling) =>
        filling.length === inside.length &&
        inside.every((compute) =>
          filling.some(
            (cell) =>
              cell.sliceCount === compute.sliceCount && same(cell.placement, compute.placement),
          ),
        ),
    )
    if (!legal) throw new Error('illegal set of compute instances')
  }
}

function same(a: Placement | null, b: Placement | null): boolean {
  return a?.start === b?.start && a?.size === b?.size
}
