import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { ResourceSlice } from '../../../types/kubernetes/dra/objects.js'
import type { NodeLayout } from '../../../types/kubernetes/node-layout.js'
import { advertisedOf } from '../agent/advertised.js'
import { configLabel, layoutAnnotation, rebalanceLabel, recordAnnotation } from '../agent/names.js'
import { parseRecord } from '../agent/record.js'
import { isReady, seeLayout } from '../layout/seen-layout.js'
import { type NodeService, type OtherService, serviceOf } from './node-service.js'
import { isOwnNode } from './rebalance-record.js'

/** What is known of a node, or why it is left out. Null: it has no sign of a GPU. */
export type SeenNode =
  | { readonly layout: NodeLayout; readonly service: NodeService; readonly fixed: string | null }
  | (OtherService & { readonly passes: boolean })
  | null

/** What else the API server has that says how nodes serve pods. */
export interface ServiceContext {
  /** Those of NVIDIA's DRA driver, by node. */
  readonly slicesOf: ReadonlyMap<string | undefined, readonly ResourceSlice[]>
  /** A DeviceClass stands for a resource such as `nvidia.com/mig-1g.5gb`. */
  readonly hasClasses: boolean
}

/** A node whose layout is known and not about to change, and whether the rebalancer may change it. */
export function seeNode(
  node: ClusterObject,
  { slicesOf, hasClasses }: ServiceContext,
  now: number,
): SeenNode {
  const { annotations = {}, name } = node.metadata
  const { layout, warning } = seeLayout(node, now)
  if (annotations[layoutAnnotation] === undefined)
    return hasGpuSign(node) ? lasting('no agent publishes its layout') : null
  if (layout === null) return lasting(warning ?? 'its layout is not known')
  if (!isReady(node)) return lasting('it is not ready')
  if (Date.parse(layout.validUntil) < now) return lasting(warning ?? 'its layout is old')
  const changing = changeOf(node) ?? warning
  if (changing !== null) return { leftOut: changing, single: null, passes: true }
  const [lost] = layout.state.lostGpus
  if (lost !== undefined) return lasting(`GPU ${lost.index} has fallen off the bus`)
  const service = serviceOf(node, layout, slicesOf.get(name) ?? [], hasClasses)
  if ('leftOut' in service) return { ...service, passes: false }
  return { layout, service, fixed: reasonToStay(node, layout) ?? service.fixed }
}

function lasting(leftOut: string): SeenNode {
  return { leftOut, single: null, passes: false }
}

function hasGpuSign(node: ClusterObject): boolean {
  const { labels = {} } = node.metadata
  return (
    Object.keys(advertisedOf(node)).length > 0 ||
    labels['nvidia.com/gpu.present'] !== undefined ||
    labels['nvidia.com/gpu.count'] !== undefined
  )
}

/** Null: its agent is at rest, with the configuration that the label names. */
function changeOf({ metadata: { labels = {}, annotations = {} } }: ClusterObject): string | null {
  const record = parseRecord(annotations[recordAnnotation] ?? '')
  if (record === null) return null
  if (record.step !== 'idle') return `its agent is at work: ${record.step}`
  const wanted = labels[configLabel] || null
  return wanted !== null && wanted !== record.config ? 'its agent has not begun' : null
}

function reasonToStay(node: ClusterObject, { state }: NodeLayout): string | null {
  const { labels = {}, annotations = {} } = node.metadata
  const choice = labels[rebalanceLabel]
  if (choice === 'false') return `its label ${rebalanceLabel} is "false"`
  if (choice !== 'true' && !isOwnNode(node))
    return `a person has chosen its configuration ${labels[configLabel]}`
  const agent = parseRecord(annotations[recordAnnotation] ?? '')
  if (agent?.state === 'failed') return `its agent has failed: ${agent.reason}`
  const waiting = state.gpus.find(({ mig }) => mig !== null && mig.enabled !== mig.pending)
  return waiting === undefined ? null : `the MIG mode of GPU ${waiting.index} waits for a reset`
}
