import { openSession } from '../../../lib/driver/session.js'
import type { SimulatedMachine } from '../../../types/simulator/machine.js'

/** A GPU instance to make: its GPU, its profile, where, and compute slices from left to right. */
export type Wanted = readonly [gpu: number, profile: string, start: number, ...slices: number[]]

export async function fillMachine(
  { library }: SimulatedMachine,
  wanted: readonly Wanted[],
): Promise<void> {
  await using session = await openSession({ library })
  const { gpus } = await session.readState()
  for (const [index, name, start, ...slices] of wanted) {
    const gpu = gpus[index]
    const profile = gpu?.geometry?.profiles.find((each) => each.name === name)
    const placement = profile?.placements.find((each) => each.start === start)
    if (gpu === undefined || profile === undefined || placement === undefined) {
      throw new Error(`GPU ${index} has no ${name} at ${start}`)
    }
    const instance = await session.createGpuInstance(gpu.uuid, profile.id, placement)
    const inside = await session.readComputeInstanceProfiles(gpu.uuid, instance.id, profile.id)
    let next = 0
    for (const count of slices) {
      const compute = inside.find(({ sliceCount }) => sliceCount === count)
      if (compute === undefined) throw new Error(`${name} has no compute instance of ${count}`)
      const place = { start: next, size: count }
      await session.createComputeInstance(gpu.uuid, instance.id, compute.id, place)
      next += count
    }
  }
}
