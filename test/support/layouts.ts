import type { DriverSession } from '../../lib/driver/session.js'
import type { GpuUuid } from '../../types/model/state.js'

/**
 * Makes GPU instances by profile name, each filled with one compute instance, where the driver
 * chooses to put them.
 */
export async function createDevices(
  session: DriverSession,
  gpu: GpuUuid,
  names: readonly string[],
): Promise<number[]> {
  const state = await session.readState()
  const profiles = state.gpus.find(({ uuid }) => uuid === gpu)?.geometry?.profiles ?? []
  const ids: number[] = []
  for (const name of names) {
    const profile = profiles.find((candidate) => candidate.name === name)
    if (profile === undefined) throw new Error(`no profile ${name}`)
    const { id } = await session.createGpuInstance(gpu, profile.id, null)
    const [full] = (await session.readComputeInstanceProfiles(gpu, id, profile.id)).filter(
      ({ sliceCount }) => sliceCount === profile.sliceCount,
    )
    if (full === undefined) throw new Error(`no full compute instance in ${name}`)
    await session.createComputeInstance(gpu, id, full.id, null)
    ids.push(id)
  }
  return ids
}
