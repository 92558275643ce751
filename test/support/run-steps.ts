import type { Geometry } from '../../types/model/geometry.js'
import type { Layout, PlacedComputeInstance, PlacedGpuInstance } from '../../types/solver/layout.js'
import type { RepartitionStep } from '../../types/solver/repartition.js'
import { allFillings, isLegalSet } from './brute-force.js'

/** What a GPU is after a step; throws where a driver would refuse it or a rule would be broken. */
export function runRepartitionStep(
  geometry: Geometry,
  layout: Layout,
  step: RepartitionStep,
): Layout {
  const { profileId, placement } = step.gpuInstance
  const host = layout.find(
    (each) => each.profileId === profileId && each.placement.start === placement.start,
  )
  const after = change(layout, host, step)
  assertLegal(geometry, after)
  return after
}

function change(
  layout: Layout,
  host: PlacedGpuInstance | undefined,
  step: RepartitionStep,
): Layout {
  if (step.kind === 'create-gpu-instance') {
    if (host !== undefined) throw new Error('it is there already')
    return [...layout, { ...step.gpuInstance, computeInstances: [] }]
  }
  if (host === undefined) throw new Error('no such GPU instance')
  const others = layout.filter((each) => each !== host)
  if (step.kind === 'destroy-gpu-instance') {
    if (host.computeInstances.length > 0) throw new Error('it is not empty')
    return others
  }
  const part = step.computeInstance
  if (step.kind === 'create-compute-instance')
    return [...others, { ...host, computeInstances: [...host.computeInstances, part] }]
  const gone = host.computeInstances.findIndex((other) => isSame(other, part))
  if (gone < 0) throw new Error('no such compute instance')
  return [...others, { ...host, computeInstances: host.computeInstances.toSpliced(gone, 1) }]
}

function isSame(a: PlacedComputeInstance, b: PlacedComputeInstance): boolean {
  return a.sliceCount === b.sliceCount && a.placement?.start === b.placement?.start
}

function assertLegal(geometry: Geometry, layout: Layout): void {
  const spots = layout.map(({ profileId, placement }) => {
    const profile = geometry.profiles.find(({ id }) => id === profileId)
    const known = profile?.placements.some(
      ({ start, size }) => start === placement.start && size === placement.size,
    )
    if (profile === undefined || known !== true) throw new Error('no such place')
    return { profile, placement }
  })
  if (!isLegalSet(geometry, spots)) throw new Error('illegal set of GPU instances')
  for (const [index, { profile }] of spots.entries()) {
    const inside = layout[index]?.computeInstances ?? []
    const fits = [[], ...allFillings(profile)].some(
      (filling) =>
        filling.length === inside.length &&
        inside.every((part) => filling.some((cell) => isSame(cell, part))),
    )
    if (!fits) throw new Error('illegal set of compute instances')
  }
}

/** GPU instances and what is in them, in whatever order. */
export function showLayout(layout: Layout): string[] {
  return layout
    .map(({ profileId, placement, computeInstances }) => {
      const inside = computeInstances.map((part) => `${part.sliceCount}@${part.placement?.start}`)
      return `${profileId}@${placement.start} ${inside.sort().join()}`
    })
    .sort()
}
