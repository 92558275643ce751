import type { PodsInTheWayInput } from '../../../types/kubernetes/agent-pods.js'
import { findHeld } from './held-by-name.js'
import { hasEnded } from './pod-facts.js'

/** The MIG devices that living pods have, with or without a process on them. */
export function heldUuids({
  state,
  held,
  pods,
}: Pick<PodsInTheWayInput, 'state' | 'held' | 'pods'>): readonly string[] {
  const living = new Set(
    pods
      .filter((pod) => !hasEnded(pod))
      .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  )
  const uuids = held
    .filter(({ namespace, name }) => living.has(`${namespace}/${name}`))
    .flatMap(({ devices }) => devices)
    .flatMap((name) => findHeld(state, name))
    .flatMap(({ device }) => device?.uuid ?? [])
  return [...new Set(uuids)]
}
