import type { FleetGpu } from '../../../types/fleet.js'
import type { FleetGpuChoice } from '../../../types/fleet-online.js'
import { requireList, requireObject, requireText } from '../model/check-form.js'
import { createFleetModels, readGpus } from '../model/fleet-model.js'
import { invalid } from '../model/invalid.js'
import { limitNamedGpus } from '../model/limits.js'
import { gpuName, readMemberName } from '../model/member-name.js'

export interface CordonedList {
  readonly gpus: readonly FleetGpu[]
  /** Of these, those that were chosen. */
  readonly chosen: ReadonlySet<FleetGpu>
}

/**
 * The same list with these GPUs cordoned: by name, as entries with a count, or all of a node. An entry of
 * which only some are named is given GPU by GPU. Throws `MIG_FLEET_INVALID` for GPUs that make no sense and
 * for a name that is not there.
 */
export function cordonChosen(gpus: readonly FleetGpu[], which: FleetGpuChoice): CordonedList {
  requireObject(which, ['which'])
  limitNamedGpus(readGpus(createFleetModels(), gpus))
  const names = createNameFinder(which.gpus, 'gpus')
  const nodes = createNameFinder(which.nodes, 'nodes')
  const isChosen = ({ id, entry, node }: FleetGpu): boolean =>
    [names.find(id), names.find(entry), nodes.find(node)].includes(true)
  const entries = new Set((which.gpus ?? []).map((name) => readMemberName(name)?.id))
  const chosen = new Set<FleetGpu>()
  const list = gpus
    .flatMap((gpu) => (entries.has(gpu.id) ? listMembers(gpu) : [gpu]))
    .map((gpu) => {
      if (!isChosen(gpu)) return gpu
      const cordoned = { ...gpu, cordoned: true }
      chosen.add(cordoned)
      return cordoned
    })
  names.requireFound('GPU')
  nodes.requireFound('node')
  return { gpus: list, chosen }
}

function listMembers(gpu: FleetGpu): readonly FleetGpu[] {
  const { count, ...rest } = gpu
  if (count === undefined) return [gpu]
  return Array.from({ length: count }, (_, number) => ({
    ...rest,
    id: gpuName(gpu, number),
    entry: gpu.entry ?? gpu.id,
  }))
}

interface NameFinder {
  readonly find: (name: string | undefined) => boolean
  readonly requireFound: (what: string) => void
}

function createNameFinder(list: readonly string[] = [], path: string): NameFinder {
  requireList(list, [path])
  for (const [index, name] of list.entries()) requireText(name, [path, index])
  const missing = new Set(list)
  const all = new Set(list)
  return {
    find: (name) => {
      if (name === undefined || !all.has(name)) return false
      missing.delete(name)
      return true
    },
    requireFound: (what) => {
      for (const name of missing) {
        throw invalid([path, list.indexOf(name)], `is ${name}, no ${what} of the fleet`)
      }
    },
  }
}
