import type { MigStrategy, StrategyOptions } from '../../types/kubernetes/strategy.js'
import type { MigState } from '../../types/model/state.js'
import { checkState } from '../model/check-state.js'
import { checkStrategyOfOptions } from './check-options.js'
import { nodeGpusOf } from './node-gpus.js'
import { findProblems } from './strategy-problems.js'

/**
 * The simplest strategy that shows all devices of a node, now or after a plan: `none` where MIG is off, `single` where all MIG devices
 * are of one size, else `mixed`. Null: the device plugin starts with none that shows them.
 *
 * @throws MigError `MIG_GPU_NOT_FOUND` for a plan of other GPUs; TypeError for wrong options.
 */
export function strategyOf(
  state: MigState,
  options: Pick<StrategyOptions, 'plan'> = {},
): MigStrategy | null {
  checkState('strategyOf', state)
  checkStrategyOfOptions(options)
  const gpus = nodeGpusOf(state, options.plan)
  const bears = (strategy: MigStrategy): boolean =>
    findProblems(gpus, strategy).every(({ severity }) => severity === 'warning')
  if (gpus.every(({ isMigOn }) => !isMigOn)) return 'none'
  return (['single', 'mixed'] as const).find(bears) ?? null
}
