import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceSlice } from '../../../types/kubernetes/dra/objects.js'
import type { NodeLayout } from '../../../types/kubernetes/node-layout.js'
import type { MigStrategy } from '../../../types/kubernetes/strategy.js'
import { advertisedOf } from '../agent/advertised.js'
import { strategies } from '../check-options.js'
import { nodeGpusOf } from '../node-gpus.js'
import { gpuResource } from '../resource-name.js'
import { findProblems } from '../strategy-problems.js'

/** How a node serves pods: by resources of a device plugin, by claims, or by both through DeviceClasses. */
export interface NodeService {
  readonly byResource: boolean
  readonly byClaim: boolean
  /** Why another layout would not serve them better. Null: it could. */
  readonly fixed: string | null
}

/** A node that no pod gets devices of by their size. */
export interface OtherService {
  readonly leftOut: string
  /** The size of what it offers as `nvidia.com/gpu`. Null: nothing, or whole GPUs. */
  readonly single: string | null
}

const strategyLabel = 'nvidia.com/mig.strategy'

/** By the objects of the DRA drivers, and by the strategy of the device plugin. */
export function serviceOf(
  node: ClusterObject,
  { state }: NodeLayout,
  slices: readonly ResourceSlice[],
  hasClasses: boolean,
): NodeService | OtherService {
  // A driver that divides GPUs for claims has counters, and needs nobody to divide them.
  if (slices.some(({ spec }) => spec.sharedCounters !== undefined))
    return other('its DRA driver divides GPUs itself')
  if (slices.length > 0) return { byResource: hasClasses, byClaim: true, fixed: null }
  const gpus = nodeGpusOf(state)
  const strategy = strategyOfNode(node, gpus.filter(({ isMigOn }) => !isMigOn).length)
  const refused = findProblems(gpus, strategy ?? 'none').find(
    ({ severity }) => severity === 'invalid',
  )
  if (refused !== undefined)
    return other(`with the strategy ${strategy}, the device plugin refuses it: ${refused.message}`)
  const byResource = { byResource: true, byClaim: false }
  if (strategy === 'mixed') return { ...byResource, fixed: null }
  if (gpus.every(({ isMigOn }) => !isMigOn))
    return { ...byResource, fixed: `it offers whole GPUs alone: ${saying(strategy)}` }
  const size = gpus.flatMap(({ devices }) => devices)[0]?.name ?? null
  return strategy === 'single' && size !== null
    ? {
        leftOut: `each ${gpuResource} is a ${size} there, and another layout would change all of them: ${saying(strategy)}`,
        single: size,
      }
    : other(`it offers no MIG device by its size: ${saying(strategy)}`)
}

function other(leftOut: string): OtherService {
  return { leftOut, single: null }
}

function saying(strategy: MigStrategy | null): string {
  return strategy === null
    ? `it has no label ${strategyLabel}`
    : `its label ${strategyLabel} is ${strategy}`
}

/**
 * The label decides, because the kubelet goes on listing resources of an earlier strategy. Without the label, a node that lists sizes is
 * mixed, unless it offers more as `nvidia.com/gpu` than it has whole GPUs.
 */
function strategyOfNode(node: ClusterObject, wholeGpus: number): MigStrategy | null {
  const label = node.metadata.labels?.[strategyLabel]
  const labelled = strategies.find((each) => each === label)
  if (labelled !== undefined) return labelled
  const offered = advertisedOf(node)
  const listsSizes = Object.keys(offered).some((name) => name !== gpuResource)
  return listsSizes && (offered[gpuResource] ?? 0) <= wholeGpus ? 'mixed' : null
}
