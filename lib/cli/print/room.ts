import type { AnyGpuState, MigState } from '../../../types/model/state.js'
import { isMigError } from '../../errors.js'
import { completeGeometry } from '../../model/geometry.js'
import { formatGpus } from '../../model/gpu-text.js'
import { groupBy } from '../../model/group-by.js'
import { compareProfileNames } from '../../model/profile-names.js'
import { countAdditional } from '../../solver/placing/max-additional.js'
import { wrapParts } from './wrap.js'

/** What each GPU with MIG on can still take, one line for equal GPUs. Nothing is said where it is not known. */
export function describeRoom(
  { gpus, driverVersion }: MigState,
  columns: number,
): readonly string[] {
  const known = gpus.flatMap((gpu) => {
    const room = roomOf(gpu, driverVersion)
    return room === null ? [] : [{ gpu, room }]
  })
  return [...groupBy(known, ({ room }) => room.join(' '))].flatMap(([, same]) => {
    const subject = `${formatGpus(same.map(({ gpu }) => gpu))}:`
    return wrapParts([subject, ...(same[0]?.room ?? [])], columns, '  ')
  })
}

/** Parts of a sentence, between which a line may end. */

function roomOf(gpu: AnyGpuState, driverVersion: string): readonly string[] | null {
  if (gpu.mig?.enabled !== true || gpu.gpuInstances === null) return null
  const geometry = completeGeometry(gpu, driverVersion)
  if (geometry === null) return null
  const { gpuInstances } = gpu
  try {
    const counts = geometry.profiles
      .toSorted((a, b) => compareProfileNames(a.name, b.name))
      .map(({ id, name }) => ({ name, count: countAdditional(geometry, gpuInstances, id) }))
      .filter(({ count }) => count > 0)
    if (counts.length === 0) return ['no other GPU instance fits']
    const [first, ...others] = counts.map(({ name, count }) => `${count}x ${name}`)
    return [`still fits: ${first}`, ...others.map((each) => `or ${each}`)]
  } catch (error) {
    // The driver may have made a layout that it does not describe.
    if (isMigError(error) && error.code === 'MIG_SOLVER_INPUT') return null
    throw error
  }
}

/**
 * A warning for GPUs that no program can use: MIG is on, and there is no MIG device. Source: MIG User Guide, "Creating GPU
 * Instances": without instances, enabled MIG mode does not suffice for CUDA.
 */
export function warnOfEmpty({ gpus }: MigState): string | null {
  const empty = gpus.filter(
    ({ mig, gpuInstances }) =>
      mig?.enabled === true &&
      gpuInstances !== null &&
      gpuInstances.every(({ computeInstances }) => computeInstances.length === 0),
  )
  if (empty.length === 0) return null
  return `warning: ${formatGpus(empty)}: MIG is on and there is no MIG device, so no CUDA program can use ${empty.length === 1 ? 'this GPU' : 'these GPUs'}`
}
