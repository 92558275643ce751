import type { AnyGpuState } from '../../types/model/state.js'
import { isListed, unlistedError } from '../model/unlisted.js'
import { listCandidates } from './choose/settle.js'
import type { WantedMachine } from './wanted.js'

/**
 * Throws `MIG_NO_PERMISSION` where a GPU that is to be planned, or may be chosen, has instances that the
 * driver does not list to this process: what cannot be seen would be taken for free room.
 */
export function requireListedMachine(wanted: WantedMachine<AnyGpuState>): WantedMachine {
  const gpus = [...wanted.gpus, ...listCandidates(wanted)].map(({ gpu }) => gpu)
  const unlisted = gpus.filter((gpu) => !isListed(gpu))
  if (unlisted.length > 0) throw unlistedError([...new Set(unlisted)], 'no change can be planned')
  return wanted as WantedMachine
}
