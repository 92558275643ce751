import type { NodeResources, StrategyOptions } from '../../types/kubernetes/strategy.js'
import type { MigState } from '../../types/model/state.js'
import { MigError } from '../errors.js'
import { checkState } from '../model/check-state.js'
import { deepFreeze } from '../model/freeze.js'
import { groupBy } from '../model/group-by.js'
import { checkStrategyOptions } from './check-options.js'
import { nodeGpusOf } from './node-gpus.js'
import { gpuResource, migResource } from './resource-name.js'
import { findProblems } from './strategy-problems.js'

/**
 * The resources that NVIDIA's device plugin registers for a node, now or after a plan, each with its devices in NVML's order. A GPU
 * with MIG on is a device of its own with `none` only.
 *
 * @throws MigError `MIG_STRATEGY_INVALID` for a node on which the plugin refuses to start; `MIG_GPU_NOT_FOUND` for a plan of other
 *   GPUs; TypeError for wrong options.
 */
export function resourceNames(state: MigState, options: StrategyOptions): NodeResources {
  checkState('resourceNames', state)
  checkStrategyOptions('resourceNames', options)
  const { strategy, plan } = options
  const gpus = nodeGpusOf(state, plan)
  const problems = findProblems(gpus, strategy).filter(({ severity }) => severity === 'invalid')
  if (problems.length > 0)
    throw new MigError(
      'MIG_STRATEGY_INVALID',
      `The device plugin does not start with the strategy ${strategy}: ${problems.map(({ message }) => message).join('; ')}`,
      {
        hint: 'strategyOf names a strategy that this node bears; checkStrategy lists the problems as data',
      },
    )
  const whole = gpus.filter(({ isMigOn }) => strategy === 'none' || !isMigOn)
  const devices = strategy === 'none' ? [] : gpus.flatMap((gpu) => gpu.devices)
  const all = [
    ...whole.map(({ gpu: { uuid } }) => ({ resource: gpuResource, uuid })),
    ...devices.map(({ name, uuid }) => ({
      resource: strategy === 'single' ? gpuResource : migResource(name),
      uuid,
    })),
  ]
  const byResource = groupBy(all, ({ resource }) => resource)
  return deepFreeze(
    Object.fromEntries([...byResource].map(([name, same]) => [name, same.map(({ uuid }) => uuid)])),
  )
}
