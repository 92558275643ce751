import type { MigPlan, TargetGpu } from '../../types/machine/plan.js'
import type { MigState } from '../../types/model/state.js'
import { MigError } from '../errors.js'
import { isPlainObject, type Rule } from '../model/checks/find-fault.js'
import { listOf, openObjectOf, text } from '../model/checks/kinds.js'

const gpuPlans = listOf(
  openObjectOf(
    {
      gpu: text,
      target: { allowed: 'the GPU after the plan, an object', accepts: isPlainObject },
    },
    'gpu',
    'target',
  ),
)

/** A plan, down to what each GPU is afterwards. */
export const planRule: Rule = {
  ...openObjectOf({ gpus: gpuPlans }, 'gpus'),
  allowed: 'what planMigConfig resolves to',
  accepts: (value) => isPlainObject(value) && !(value instanceof Promise),
}

/** What each GPU of a plan is afterwards, by its UUID. Throws `MIG_GPU_NOT_FOUND` for a plan of other GPUs than the state's. */
export function targetsOf(
  { gpus }: Pick<MigState, 'gpus'>,
  plan: MigPlan | undefined,
): ReadonlyMap<string, TargetGpu> {
  const targets = new Map<string, TargetGpu>(plan?.gpus.map(({ gpu, target }) => [gpu, target]))
  for (const uuid of targets.keys())
    if (gpus.every((gpu) => gpu.uuid !== uuid))
      throw new MigError(
        'MIG_GPU_NOT_FOUND',
        `The plan has the GPU ${uuid}, and the state does not have it`,
        { hint: 'plan and read the state on the same machine' },
      )
  return targets
}
