import type { GpuProcess, GpuUuid } from '../../../types/model/state.js'
import type { WantedChoice, WantedGpu, WantedMachine, WantedSpread } from '../../model/wanted.js'
import { costOfResult } from '../gpu/disturbance.js'
import { planGpu } from '../gpu/plan-gpu.js'
import type { PlanningOptions } from '../gpu/planning.js'
import { spreadDevices } from '../spread/spread.js'
import { chooseGpus } from './choose-gpus.js'

/**
 * Decides which GPU gets what if a configuration leaves that open, so that the least changes on the whole.
 * Deterministic. Entries with a `count` choose together; entries that spread devices choose after them,
 * and `others` gets the remaining GPUs.
 */
export function settleGroups(
  machine: WantedMachine,
  processes: ReadonlyMap<GpuUuid, readonly GpuProcess[]> = new Map(),
  options: PlanningOptions = {},
): readonly WantedGpu[] {
  const { groups } = machine
  if (groups.length === 0) return machine.gpus
  const choices = groups.filter((group): group is WantedChoice => group.kind === 'choice')
  const spreads = groups.filter((group): group is WantedSpread => group.kind === 'spread')
  const chosen = chooseGpus(machine, choices, (gpu) =>
    costOfResult(planGpu(gpu, processes.get(gpu.gpu.uuid), options)),
  )
  const settled = [...machine.gpus, ...chosen]
  for (const spread of spreads) {
    const taken = new Set(settled.map(({ gpu }) => gpu.uuid))
    const free = spread.gpus.filter(({ gpu }) => !taken.has(gpu.gpu.uuid))
    settled.push(...spreadDevices(machine, { ...spread, gpus: free }, processes, options))
  }
  const taken = new Set(settled.map(({ gpu }) => gpu.uuid))
  const others = choices
    .filter(({ count }) => count === null)
    .flatMap(({ gpus }) => gpus.filter(({ gpu }) => !taken.has(gpu.uuid)))
  return [...settled, ...others]
}
