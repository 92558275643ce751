import type { CountBySize } from '../../../types/kubernetes/node-overview.js'
import type { MigState } from '../../../types/model/state.js'
import { isMigError } from '../../errors.js'
import { countAdditional } from '../../solver/placing/max-additional.js'

/** How many GPU instances of each profile fit beside those that are there, as if no other profile were wanted. */
export function roomOf({ gpus }: MigState): CountBySize {
  const room: Record<string, number> = {}
  for (const { mig, geometry, gpuInstances } of gpus) {
    if (mig?.enabled !== true || geometry === null || gpuInstances === null) continue
    for (const { id, name } of geometry.profiles) {
      const count = countOrZero(() => countAdditional(geometry, gpuInstances, id))
      if (count > 0) room[name] = (room[name] ?? 0) + count
    }
  }
  return room
}

/** The driver may have made a layout that the catalog does not describe. */
function countOrZero(count: () => number): number {
  try {
    return count()
  } catch (error) {
    if (isMigError(error) && error.code === 'MIG_SOLVER_INPUT') return 0
    throw error
  }
}
