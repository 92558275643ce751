import type { GpuState } from '../../../types/model/state.js'
import { MigError } from '../../errors.js'
import { createIssue } from '../../model/document-path.js'
import { formatGpus } from '../../model/gpu-text.js'
import type { WantedChoice, WantedGpu, WantedMachine } from '../../model/wanted.js'
import { impossibleCost } from '../gpu/disturbance.js'
import { assignCheapest } from './assign.js'

/** More than any permitted choice costs. */
const forbidden = impossibleCost * 16
/** Ties go to the lowest index. No machine has more GPUs than this. */
const indexes = 1024

/**
 * Chooses the GPUs of all entries with a `count` at once, so that the costs together are least. A GPU that
 * no entry chooses costs what `others` does with it. Throws `MIG_ENTRY_MATCHES_NO_GPU` if there are not
 * enough GPUs.
 */
export function chooseGpus(
  machine: Pick<WantedMachine, 'config' | 'locate'>,
  choices: readonly WantedChoice[],
  costOf: (wanted: WantedGpu) => number,
): readonly WantedGpu[] {
  const gpus = distinctGpus(choices)
  const slots = choices.flatMap((choice) => Array.from({ length: choice.count ?? 0 }, () => choice))
  if (slots.length === 0) return []
  if (slots.length > gpus.length) throw tooFew(machine, choices, gpus)
  const others = choices.filter(({ count }) => count === null)
  const baseOf = new Map(
    gpus.map((gpu) => {
      const left = others.map((choice) => findWanted(choice, gpu)).find((wanted) => wanted !== null)
      return [gpu, left == null ? 0 : costOf(left)]
    }),
  )
  const rowOf = new Map(
    choices.map((choice) => [
      choice,
      gpus.map((gpu, index) => {
        const wanted = findWanted(choice, gpu)
        return wanted === null
          ? forbidden * indexes
          : (costOf(wanted) - (baseOf.get(gpu) ?? 0)) * indexes + index
      }),
    ]),
  )
  const columns = assignCheapest(slots.map((choice) => rowOf.get(choice) ?? []))
  return slots.map((choice, row) => {
    const gpu = gpus[columns[row] ?? -1]
    const wanted = gpu === undefined ? null : findWanted(choice, gpu)
    if (wanted === null) throw tooFew(machine, choices, gpus)
    return wanted
  })
}

function distinctGpus(choices: readonly WantedChoice[]): readonly GpuState[] {
  const gpus = choices.flatMap((choice) => choice.gpus.map(({ gpu }) => gpu))
  return [...new Set(gpus)].sort((a, b) => a.index - b.index)
}

function findWanted({ gpus }: WantedChoice, gpu: GpuState): WantedGpu | null {
  return gpus.find((wanted) => wanted.gpu === gpu) ?? null
}

function tooFew(
  { config, locate }: Pick<WantedMachine, 'config' | 'locate'>,
  choices: readonly WantedChoice[],
  gpus: readonly GpuState[],
): MigError {
  const counted = choices.flatMap(({ entry, count }) => (count === null ? [] : [{ entry, count }]))
  const wanted = counted.map(({ entry, count }) => `${count} in entry ${entry}`).join(', ')
  const issues = counted.map(({ entry, count }) => {
    const path = ['mig-configs', config, entry, 'count']
    return createIssue(locate, path, 'value', `asks for ${count} GPUs`)
  })
  return new MigError(
    'MIG_ENTRY_MATCHES_NO_GPU',
    `The configuration "${config}" asks for more GPUs than there are: ${wanted}, of ${formatGpus(gpus)}`,
    { issues },
  )
}
