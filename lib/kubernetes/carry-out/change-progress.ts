import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { NodeLayout } from '../../../types/kubernetes/node-layout.js'
import type { RebalanceRecord } from '../../../types/kubernetes/rebalance-cluster.js'
import type { GpuState } from '../../../types/model/state.js'
import { isMigError } from '../../errors.js'
import { configLabel, layoutAnnotation, recordAnnotation, stateLabel } from '../agent/names.js'
import { parseRecord } from '../agent/record.js'
import { readRebalanceRecord } from '../demand/rebalance-record.js'
import { readNodeLayout } from '../layout/read-node-layout.js'

/** How far the change of a node is, and what follows. */
export type ChangeProgress =
  /** Nothing of ours is under way. */
  | { readonly step: 'none' }
  /** Its agent is at work, or its pods have yet to start. */
  | { readonly step: 'wait'; readonly reason: string }
  /** Somebody else has written the label. */
  | { readonly step: 'release'; readonly reason: string }
  /** All is as promised, or what came in its place is in use. A reason: something else did not come. */
  | { readonly step: 'keep'; readonly reason: string | null }
  /** The configuration before comes back, for a reason. */
  | { readonly step: 'return'; readonly reason: string; readonly missing: readonly string[] }
  /** A pod has come to what was about to go back, so the change stays. */
  | { readonly step: 'stay'; readonly reason: string }
  /** The configuration before is back, or its agent says that it cannot be. */
  | { readonly step: 'settle'; readonly isBack: boolean }

export interface ProgressLimits {
  readonly now: number
  /** How long an agent may take. */
  readonly agentMs: number
  /** How long pods may take to come once the node offers their devices. */
  readonly podsMs: number
}

/** The pods that a change is about. */
export interface PodsOfChange {
  /** Whether a promised pod still waits for a node. */
  readonly isWaiting: (pod: string) => boolean
  /** How many pods of a controller run, by its UID. */
  readonly runningOf: (controller: string) => number
}

/** Pure, and it remembers nothing: all of it stands on the node. */
export function changeProgress(
  node: ClusterObject,
  pods: PodsOfChange,
  limits: ProgressLimits,
): ChangeProgress {
  const record = readRebalanceRecord(node)
  if (record === null || record.state === 'kept' || record.state === 'back') return { step: 'none' }
  const { labels = {}, annotations = {} } = node.metadata
  const named = labels[configLabel] ?? ''
  if (named !== record.config)
    return { step: 'release', reason: `somebody has chosen ${named || 'no configuration'}` }
  const agent = parseRecord(annotations[recordAnnotation] ?? '')
  const isOver = agent !== null && agent.config === record.config && agent.step === 'idle'
  const state = isOver ? labels[stateLabel] : undefined
  if (record.state === 'returning') {
    if (state === 'success') return { step: 'settle', isBack: true }
    const reason = `the configuration before comes back: ${reasonOf(agent, record)}`
    // An agent that has died must not hold up the other nodes.
    if (limits.now - Date.parse(record.since) >= limits.agentMs)
      return { step: 'settle', isBack: false }
    return state === 'failed' ? afterFailedReturn(node, record, agent) : { step: 'wait', reason }
  }
  if (state === 'failed' && agent !== null) return afterFailure(node, record, agent, limits)
  if (state !== 'success' || agent === null) {
    if (limits.now - Date.parse(record.since) < limits.agentMs)
      return { step: 'wait', reason: reasonOf(agent, record) }
    const seconds = Math.round(limits.agentMs / 1000)
    const reason = `its agent has taken more than ${seconds} s: ${reasonOf(agent, record)}`
    return { step: 'return', reason, missing: record.pods }
  }
  return afterSuccess(node, record, agent, pods, limits)
}

/** A pod may have come to what was to go. Then no plan can be the same again, and the promised pods count at once. */
function afterFailure(
  node: ClusterObject,
  record: RebalanceRecord,
  agent: AgentRecord,
  { now, agentMs }: ProgressLimits,
): ChangeProgress {
  const layout = readLayout(node)
  const isAwaited = now - Date.parse(record.since) < agentMs
  if (isAwaited && layout !== null && layout.run < agent.run)
    return { step: 'wait', reason: 'its agent has yet to publish the layout' }
  const isBlocked =
    layout !== null && record.created.some((instance) => isBlockedAt(layout, instance))
  const reason = `its agent failed: ${agent.reason}`
  return { step: 'return', reason, missing: isBlocked ? [] : record.pods }
}

function afterSuccess(
  node: ClusterObject,
  record: RebalanceRecord,
  agent: AgentRecord,
  { isWaiting, runningOf }: PodsOfChange,
  { now, podsMs }: ProgressLimits,
): ChangeProgress {
  const missing = record.pods.filter(isWaiting)
  const endedAt = Date.parse(agent.stepSince ?? '')
  const isTimeOver = now - endedAt >= podsMs
  const seconds = Math.round(podsMs / 1000)
  const layout = readLayout(node)
  const isPublished = layout !== null && layout.run >= agent.run
  // The scheduler has an order of its own: where other pods were quicker, nothing is left to wait for.
  const isLost = missing.length > 0 && isPublished && isTaken(layout, record)
  if (missing.length === 0 || isLost) {
    const quicker = isLost ? `other pods came before ${missing[0]}` : null
    if (record.successors.every(({ controller, running }) => runningOf(controller) >= running))
      return { step: 'keep', reason: quicker }
    return isTimeOver
      ? { step: 'keep', reason: `a pod that moved has no successor that runs within ${seconds} s` }
      : { step: 'wait', reason: 'the successor of a pod that moved has yet to run' }
  }
  if (!isTimeOver) return { step: 'wait', reason: `pod ${missing[0]} has yet to get its devices` }
  if (!isPublished) return { step: 'wait', reason: 'its agent has yet to publish the layout' }
  if (record.created.some((instance) => isHeld(layout, instance)))
    return { step: 'keep', reason: `other pods came before ${missing[0]}` }
  return { step: 'return', reason: `no pod came within ${seconds} s`, missing }
}

/** A pod may come at the moment at which its device goes, and its agent lets it stay. Once is enough: then a person has to look. */
function afterFailedReturn(
  node: ClusterObject,
  record: RebalanceRecord,
  agent: AgentRecord | null,
): ChangeProgress {
  const layout = readLayout(node)
  if (record.pods.length === 0 || layout === null) return { step: 'settle', isBack: false }
  if (agent !== null && layout.run < agent.run)
    return { step: 'wait', reason: 'its agent has yet to publish the layout' }
  const isAsChanged = record.created.every((instance) => instanceOf(layout, instance) !== undefined)
  return isAsChanged && record.created.some((instance) => isHeld(layout, instance))
    ? { step: 'stay', reason: agent?.reason ?? 'a pod has come' }
    : { step: 'settle', isBack: false }
}

function reasonOf(agent: AgentRecord | null, { config }: RebalanceRecord): string {
  if (agent === null || agent.config !== config) return 'its agent has not begun'
  return agent.reason === null ? agent.step : `${agent.step}: ${agent.reason}`
}

/** Null: it cannot be read, and nothing follows from it. */
function readLayout({ metadata }: ClusterObject): NodeLayout | null {
  try {
    return readNodeLayout(metadata.annotations?.[layoutAnnotation] ?? '')
  } catch (error) {
    if (isMigError(error)) return null
    throw error
  }
}

type Created = RebalanceRecord['created'][number]

/** As many instances are in use as pods were promised. Others may be reserves. */
function isTaken(layout: NodeLayout, { created, pods }: RebalanceRecord): boolean {
  const held = created.filter((instance) => isHeld(layout, instance)).length
  return held > 0 && held >= Math.min(pods.length, created.length)
}

function instanceOf({ state }: NodeLayout, { gpu, profileId, start }: Created) {
  return (state.gpus as readonly GpuState[])
    .find(({ uuid }) => uuid === gpu)
    ?.gpuInstances.find((each) => each.profileId === profileId && each.placement.start === start)
}

function isHeld(layout: NodeLayout, created: Created): boolean {
  const found = instanceOf(layout, created)
  return layout.holders.some(
    ({ gpu, gpuInstanceId }) =>
      gpu === created.gpu && found !== undefined && gpuInstanceId === found.id,
  )
}

/** A pod is where the instance should be, on another one. */
function isBlockedAt({ state, holders }: NodeLayout, { gpu, profileId, start }: Created): boolean {
  const found = (state.gpus as readonly GpuState[]).find(({ uuid }) => uuid === gpu)
  const wanted = found?.geometry?.profiles
    .find(({ id }) => id === profileId)
    ?.placements.find((place) => place.start === start)
  if (found === undefined || wanted === undefined) return false
  return found.gpuInstances.some(
    ({ id, placement }) =>
      placement.start < wanted.start + wanted.size &&
      wanted.start < placement.start + placement.size &&
      holders.some((holder) => holder.gpu === gpu && holder.gpuInstanceId === id),
  )
}
