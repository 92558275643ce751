import type { AnyGpuState, ListedMigState, MigState } from '../../../types/model/state.js'
import { compareGpu } from '../../config/compare/compare.js'
import { MigError } from '../../errors.js'
import { deepFreeze } from '../../model/freeze.js'
import { formatGpus } from '../../model/gpu-text.js'
import { modePermissionHint } from '../../model/permission-hints.js'
import { isListed, requireListedState } from '../../model/unlisted.js'
import { requireListedMachine, type WantedGpu, type WantedMachine } from '../../model/wanted.js'
import type { ApplyRequest } from './operation.js'

/** What a plan is made from. */
export interface Plannable {
  readonly state: ListedMigState
  readonly wanted: WantedMachine
}

/**
 * What is wanted of a machine whose instances are listed. For MIG modes alone, reading the mode is enough where it is as
 * wanted: GPUs whose instances are not listed to this process are then left out, with a warning. Throws
 * `MIG_NO_PERMISSION` otherwise, and what `resolve` throws.
 */
export function resolvePlannable(
  { resolve }: Pick<ApplyRequest, 'resolve'>,
  state: MigState,
  modeOnly: boolean,
): Plannable {
  if (!modeOnly || state.gpus.every(isListed)) {
    const listed = requireListedState(state)
    return { state: listed, wanted: requireListedMachine(resolve(listed)) }
  }
  const wanted = resolve(state)
  const unlisted = wanted.gpus.filter(({ gpu }) => !isListed(gpu))
  const differing = unlisted.filter((each) => differencesOf(each, state).length > 0)
  if (differing.length > 0) throw modeError(differing, state)
  const warnings = unlisted.length === 0 ? [] : [warningOf(unlisted.map(({ gpu }) => gpu))]
  return {
    state: deepFreeze({ ...state, gpus: state.gpus.filter(isListed) }),
    wanted: requireListedMachine({
      ...wanted,
      gpus: wanted.gpus.filter(({ gpu }) => isListed(gpu)),
      warnings: [...wanted.warnings, ...warnings],
    }),
  }
}

function differencesOf(wanted: WantedGpu<AnyGpuState>, state: MigState): readonly string[] {
  return compareGpu(wanted, state, [], true) ?? []
}

function modeError(differing: readonly WantedGpu<AnyGpuState>[], state: MigState): MigError {
  const lines = differing.flatMap((each) =>
    differencesOf(each, state).map((difference) => `GPU ${each.gpu.index}: ${difference}`),
  )
  return new MigError(
    'MIG_NO_PERMISSION',
    `${lines.join('; ')}; this process may not change MIG modes`,
    { hint: modePermissionHint },
  )
}

function warningOf(gpus: readonly AnyGpuState[]): string {
  return `${formatGpus(gpus)}: the MIG mode is as wanted; the driver does not list the instances to this process, so the plan leaves ${gpus.length === 1 ? 'this GPU' : 'these GPUs'} out`
}
