import type { AnyGpuState, GpuState, MigState } from '../../types/model/state.js'
import { isMigError } from '../errors.js'
import { completeGeometry } from '../model/geometry.js'
import { maxAdditional } from '../solver/placing/max-additional.js'
import { describeUse, type ResourceUse } from '../solver/placing/stranded.js'
import type { Family, Sample } from './exposition.js'
import { labelsOf } from './machine-families.js'

interface Room {
  readonly gpu: GpuState
  readonly fitting: readonly { readonly profile: string; readonly count: number }[]
  readonly memoryUnits: ResourceUse
  readonly computeSlices: ResourceUse | null
}

/** What each GPU with MIG on can still take, and what is lost on it. */
export function roomFamilies({ gpus, driverVersion }: MigState): readonly Family[] {
  const rooms = gpus.flatMap((gpu) => roomOf(gpu, driverVersion) ?? [])
  return [
    {
      name: 'mig_gpu_fitting_instances',
      type: 'gauge',
      help: 'How many more GPU instances of a profile fit on a GPU without moves, if they are all that is added.',
      samples: rooms.flatMap(({ gpu, fitting }) =>
        fitting.map(({ profile, count }) => ({
          labels: { ...labelsOf(gpu), profile },
          value: count,
        })),
      ),
    },
    {
      name: 'mig_gpu_memory_units',
      type: 'gauge',
      help: 'Memory units of a GPU by use: taken by GPU instances, free, or stranded, where no profile fits any more.',
      samples: rooms.flatMap(({ gpu, memoryUnits }) => samplesOf(gpu, memoryUnits)),
    },
    {
      name: 'mig_gpu_compute_slices',
      type: 'gauge',
      help: 'Compute slices of a GPU by use: taken by GPU instances, free, or stranded, because no set of further GPU instances takes them.',
      samples: rooms.flatMap(({ gpu, computeSlices }) =>
        computeSlices === null ? [] : samplesOf(gpu, computeSlices),
      ),
    },
  ]
}

function samplesOf(gpu: GpuState, { taken, free, stranded }: ResourceUse): readonly Sample[] {
  return Object.entries({ taken, free, stranded }).map(([use, value]) => ({
    labels: { ...labelsOf(gpu), use },
    value,
  }))
}

/** Null: MIG is off, or it is not known what the GPU can take. */
function roomOf(gpu: AnyGpuState, driverVersion: string): Room | null {
  if (gpu.mig?.enabled !== true || gpu.gpuInstances === null) return null
  const geometry = completeGeometry(gpu, driverVersion)
  if (geometry === null) return null
  const { gpuInstances } = gpu
  try {
    const fitting = geometry.profiles.map(({ id, name }) => ({
      profile: name,
      count: maxAdditional(geometry, gpuInstances, id),
    }))
    return { gpu, fitting, ...describeUse(geometry, gpuInstances) }
  } catch (error) {
    // The driver may have made a layout that it does not describe.
    if (isMigError(error) && error.code === 'MIG_SOLVER_INPUT') return null
    throw error
  }
}
