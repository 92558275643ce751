import type { Placement } from '../../../types/model/geometry.js'
import type { GpuUuid } from '../../../types/model/state.js'
import type { DriverSession } from '../../driver/session.js'
import { isNvmlError } from '../../errors.js'

/**
 * Creates a GPU instance at a place, and returns its id. A driver that cannot be told the place
 * (before R460) chooses it by itself. A plan creates them in an order in which it chooses right,
 * where there is one; where there is none, instances are created until one lands where it is wanted,
 * and the others go again. They only ever take free places.
 */
export async function createGpuInstanceAt(
  session: DriverSession,
  gpu: GpuUuid,
  profileId: number,
  placement: Placement,
): Promise<number> {
  try {
    return (await session.createGpuInstance(gpu, profileId, placement)).id
  } catch (error) {
    if (!isNvmlError(error) || error.code !== 'NVML_ERROR_FUNCTION_NOT_FOUND') throw error
  }
  const elsewhere: number[] = []
  try {
    for (;;) {
      const made = await session.createGpuInstance(gpu, profileId, null)
      if (made.placement.start === placement.start) return made.id
      elsewhere.push(made.id)
    }
  } finally {
    for (const id of elsewhere) await session.destroyGpuInstance(gpu, id)
  }
}
