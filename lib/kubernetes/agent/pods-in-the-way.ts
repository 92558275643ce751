import type {
  InTheWay,
  PodInTheWay,
  PodsInTheWayInput,
} from '../../../types/kubernetes/agent-pods.js'
import type { ClusterObject } from '../../../types/kubernetes/cluster-client.js'
import type { GpuHolder } from '../../../types/model/state.js'
import { checkState } from '../../model/check-state.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import {
  anything,
  either,
  flag,
  listOf,
  object,
  objectOf,
  oneOf,
} from '../../model/checks/kinds.js'
import { deepFreeze } from '../../model/freeze.js'
import { describeProcess } from '../../model/process-text.js'
import { planRule } from '../plan-targets.js'
import { allOf, type Destroyed, describeDestroyed, destroyedBy, isUsedBy } from './destroyed.js'
import { findHeld, placesOf } from './held-by-name.js'
import { fateOf, hasEnded, priorityOf } from './pod-facts.js'
import { stillWantedBy } from './still-wanted.js'

const inputRules: RulesOf<PodsInTheWayInput> = {
  state: anything,
  plan: either(oneOf(null), planRule),
  pods: listOf(object),
  held: listOf(object),
  heldIsComplete: flag,
  processes: listOf(object),
}
const inputRule = objectOf(inputRules, 'plan', 'pods', 'held', 'processes')

/**
 * The pods on what a plan destroys, and no others: by the devices that they have, and by their processes. A pod on a device that
 * stays is not among them. With `heldIsComplete`, one to which the kubelet is about to give devices is.
 *
 * @throws TypeError for what is no state, no plan or no list.
 */
export function podsInTheWay(input: PodsInTheWayInput): InTheWay {
  checkOptions('podsInTheWay', input, inputRule)
  const { state, plan, processes } = input
  checkState('podsInTheWay', state)
  const destroyed = plan === null ? allOf(state) : destroyedBy(state, plan)
  const living = input.pods
    .filter((pod) => !hasEnded(pod))
    .toSorted((a, b) => priorityOf(a) - priorityOf(b) || (nameOf(a) < nameOf(b) ? -1 : 1))
  const pods = living.flatMap((pod): readonly PodInTheWay[] => {
    const holds = holdsOf(pod, destroyed, input)
    // Before a reboot, every pod has to go, but those that come with the node.
    if (holds.length > 0 || (plan === null && isOrdinary(pod)))
      return [asInTheWay(pod, holds, fateOf(pod))]
    const wants = plan === null || destroyed.length === 0 ? [] : stillWantedBy(pod, input)
    const fate = fateOf(pod) === 'ends' ? 'ends' : 'starts'
    return wants.length > 0 ? [asInTheWay(pod, wants, fate)] : []
  })
  const uids = new Set(input.pods.map(({ metadata }) => metadata.uid))
  const others = processes
    .filter(({ container }) => container?.podUid == null || !uids.has(container.podUid))
    .filter((process) => isInTheWay(process, destroyed))
    .map((process) => {
      const places = placesOf(state, process).map(describeDestroyed)
      return `${describeProcess(process)} on ${places.join(' and ')}`
    })
  return deepFreeze({ pods, others })
}

function asInTheWay(
  { metadata: { namespace = '', name = '', uid = '' } }: ClusterObject,
  holds: readonly string[],
  fate: PodInTheWay['fate'],
): PodInTheWay {
  return { namespace, name, uid, holds, fate }
}

function holdsOf(
  { metadata }: ClusterObject,
  destroyed: readonly Destroyed[],
  { state, held, processes }: PodsInTheWayInput,
): readonly string[] {
  const named = held
    .filter(({ namespace, name }) => namespace === metadata.namespace && name === metadata.name)
    .flatMap(({ devices }) => devices)
    .flatMap((name) => findHeld(state, name))
  const used = processes
    .filter(({ container }) => container?.podUid != null && container.podUid === metadata.uid)
    .filter((process) => isInTheWay(process, destroyed))
    .flatMap((process) => placesOf(state, process))
  const lost = named.filter((one) => destroyed.some((each) => overlaps(one, each)))
  return [...new Set([...lost, ...used].map(describeDestroyed))]
}

/** A pod that has the whole GPU has all of its devices. */
function overlaps(held: Destroyed, { gpu, device }: Destroyed): boolean {
  if (held.gpu.uuid !== gpu.uuid) return false
  if (held.device === null || device === null) return true
  return (
    held.device.gpuInstanceId === device.gpuInstanceId &&
    held.device.computeInstanceId === device.computeInstanceId
  )
}

function isInTheWay(process: GpuHolder, destroyed: readonly Destroyed[]): boolean {
  return destroyed.some((each) => each.gpu.uuid === process.gpu && isUsedBy(each, process))
}

function isOrdinary(pod: ClusterObject): boolean {
  const fate = fateOf(pod)
  return fate !== 'daemon-set' && fate !== 'static'
}

function nameOf({ metadata }: ClusterObject): string {
  return `${metadata.namespace}/${metadata.name}`
}
