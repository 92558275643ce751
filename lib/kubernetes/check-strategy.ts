import type { StrategyOptions, StrategyProblem } from '../../types/kubernetes/strategy.js'
import type { MigState } from '../../types/model/state.js'
import { checkState } from '../model/check-state.js'
import { deepFreeze } from '../model/freeze.js'
import { checkStrategyOptions } from './check-options.js'
import { type NodeGpu, nodeGpusOf } from './node-gpus.js'
import { nodeLabels } from './node-labels.js'
import { about, findProblems } from './strategy-problems.js'

/**
 * What a strategy does not bear on this node, or after a plan. It answers before the plan runs: `all-balanced` with `single`
 * makes the device plugin refuse to start. Empty: the node works, and shows all of its devices.
 *
 * @throws MigError `MIG_GPU_NOT_FOUND` for a plan of other GPUs; TypeError for wrong options.
 */
export function checkStrategy(
  state: MigState,
  options: StrategyOptions,
): readonly StrategyProblem[] {
  checkState('checkStrategy', state)
  checkStrategyOptions('checkStrategy', options)
  const { strategy, plan } = options
  const gpus = nodeGpusOf(state, plan)
  return deepFreeze([
    ...findProblems(gpus, strategy),
    ...findLongLabels(gpus, state, options),
    ...findModels(gpus),
    ...findUnseen(gpus, strategy),
  ])
}

function findLongLabels(
  gpus: readonly NodeGpu[],
  state: MigState,
  options: StrategyOptions,
): readonly StrategyProblem[] {
  const labels = Object.keys(nodeLabels(state, options).dropped)
  if (labels.length === 0) return []
  const message = `a value of more than 63 characters keeps ${labels.join(', ')} from the node`
  return about(gpus, { kind: 'long-label', severity: 'warning', message })
}

function findModels(gpus: readonly NodeGpu[]): readonly StrategyProblem[] {
  const names = [...new Set(gpus.map(({ gpu }) => gpu.name))]
  if (names.length < 2) return []
  const message = `the labels name only one of these models: ${names.join(', ')}`
  return about(gpus, { kind: 'several-models', severity: 'warning', message })
}

function findUnseen(
  gpus: readonly NodeGpu[],
  strategy: StrategyOptions['strategy'],
): readonly StrategyProblem[] {
  if (strategy === 'none') return []
  return about(
    gpus.filter(({ seesAll }) => !seesAll),
    {
      kind: 'unseen-devices',
      severity: 'warning',
      message: 'the driver may have MIG devices that it does not show without mig/monitor',
    },
  )
}
