import type { FleetGpuChoice } from '../../../types/fleet/online.js'
import type { FleetGpu } from '../../../types/fleet/pack.js'
import { checkForm, choiceForm } from '../model/check-form.js'
import { invalid } from '../model/invalid.js'
import { gpuName, readMemberName } from '../model/member-name.js'
import type { FleetGpuEntry } from '../model/read-gpus.js'

export interface CordonedEntries {
  readonly entries: readonly FleetGpuEntry[]
  /** The GPUs that were chosen. */
  readonly chosen: ReadonlySet<FleetGpu>
}

/**
 * The same fleet with the chosen GPUs cordoned: single GPUs, entries with a count, or all GPUs of a node.
 * An entry with some of its GPUs chosen becomes one entry for each GPU. Throws `MIG_FLEET_INVALID` for a
 * name that the fleet does not have.
 */
export function cordonChosen(
  entries: readonly FleetGpuEntry[],
  which: FleetGpuChoice,
): CordonedEntries {
  checkForm(which, choiceForm, ['which'])
  const names = createNameFinder(which.gpus, 'gpus')
  const nodes = createNameFinder(which.nodes, 'nodes')
  const isChosen = ({ id, entry, node }: FleetGpu): boolean =>
    [names.find(id), names.find(entry), nodes.find(node)].includes(true)
  const withMembers = new Set((which.gpus ?? []).map((name) => readMemberName(name)?.id))
  const chosen = new Set<FleetGpu>()
  const list = entries
    .flatMap((entry) => (withMembers.has(entry.gpu.id) ? listMembers(entry) : [entry]))
    .map((entry) => {
      if (!isChosen(entry.gpu)) return entry
      const gpu = { ...entry.gpu, cordoned: true }
      chosen.add(gpu)
      return { ...entry, gpu }
    })
  names.requireFound('GPU')
  nodes.requireFound('node')
  return { entries: list, chosen }
}

function listMembers(entry: FleetGpuEntry): readonly FleetGpuEntry[] {
  const { count, ...rest } = entry.gpu
  if (count === undefined) return [entry]
  return Array.from({ length: count }, (_, number) => ({
    ...entry,
    gpu: { ...rest, id: gpuName(entry.gpu, number), entry: rest.entry ?? rest.id },
    count: 1,
  }))
}

interface NameFinder {
  readonly find: (name: string | undefined) => boolean
  readonly requireFound: (what: string) => void
}

function createNameFinder(list: readonly string[] = [], path: string): NameFinder {
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
