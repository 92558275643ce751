import type { NodeLabelOptions, NodeLabels } from '../../types/kubernetes/labels.js'
import type { MigState } from '../../types/model/state.js'
import { checkState } from '../model/check-state.js'
import { deepFreeze } from '../model/freeze.js'
import { checkLabelOptions } from './check-options.js'
import { gpuLabels } from './gpu-labels.js'
import { cleanValue, type Labels, longestValue } from './label-values.js'
import { migLabels } from './mig-labels.js'
import { nodeGpusOf } from './node-gpus.js'
import { versionLabels } from './version-labels.js'

/**
 * The labels that gpu-feature-discovery v0.20 gives a node, now or after a plan. On a node with several models it labels one
 * of them, and chance decides which: here it is the last by NVML's index.
 *
 * @throws MigError `MIG_GPU_NOT_FOUND` for a plan of other GPUs; TypeError for wrong options.
 */
export function nodeLabels(state: MigState, options: NodeLabelOptions): NodeLabels {
  checkState('nodeLabels', state)
  checkLabelOptions(options)
  const all = Object.entries(labelsOf(state, options))
    .map(([name, value]) => [`nvidia.com/${name}`, value] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return deepFreeze({
    labels: Object.fromEntries(all.filter(([, value]) => value.length <= longestValue)),
    dropped: Object.fromEntries(all.filter(([, value]) => value.length > longestValue)),
  })
}

function labelsOf(state: MigState, options: NodeLabelOptions): Labels {
  const { strategy, plan, machine, mode, vgpu, timestamp } = options
  const gpus = nodeGpusOf(state, plan)
  const others = {
    ...(timestamp === undefined ? {} : { 'gfd.timestamp': `${timestamp}` }),
    ...(vgpu === undefined ? {} : { 'vgpu.present': `${vgpu}` }),
  }
  if (gpus.length === 0) return others
  return {
    ...others,
    ...versionLabels(state, options),
    ...(machine === undefined ? {} : { 'gpu.machine': cleanValue(machine) }),
    ...(mode === undefined ? {} : { 'gpu.mode': mode }),
    'mig.capable': `${gpus.some(({ gpu }) => gpu.mig !== null)}`,
    // MPS is a way of sharing, which the plugin's own configuration turns on.
    'mps.capable': 'false',
    ...gpuLabels(gpus, options),
    ...migLabels(gpus, strategy),
  }
}
