import type {
  LayoutHolder,
  LayoutPod,
  NodeLayout,
  NodeLayoutInput,
} from '../../../types/kubernetes/node-layout.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import { checkState } from '../../model/check-state.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import {
  anything,
  listOf,
  milliseconds,
  object,
  objectOf,
  wholeFrom,
} from '../../model/checks/kinds.js'
import { copyPlain } from '../../model/copy-plain.js'
import { deepFreeze } from '../../model/freeze.js'
import { groupBy } from '../../model/group-by.js'
import { devicesOf } from '../../model/mig-devices.js'
import { requireListedState } from '../../model/unlisted.js'
import { findHeld, type Held, placesOf } from '../agent/held-by-name.js'
import { hasEnded } from '../agent/pod-facts.js'

export const layoutVersion = 'mig-nvml/layout/v1'
const defaultValidMs = 1_200_000

const rules: RulesOf<NodeLayoutInput> = {
  state: anything,
  pods: listOf(object),
  held: listOf(object),
  processes: listOf(object),
  run: wholeFrom(0),
  now: wholeFrom(0),
  validForMs: milliseconds,
}
const inputRule = objectOf(rules, 'pods', 'held', 'processes', 'run', 'now')

/**
 * The layout of a node with the pods on it. Pure.
 *
 * @throws MigError `MIG_NO_PERMISSION` for a state whose instances are not listed. TypeError for what is no state and no list.
 */
export function nodeLayout(input: NodeLayoutInput): NodeLayout {
  checkOptions('nodeLayout', input, inputRule)
  checkState('nodeLayout', input.state)
  const { state, run, now, validForMs = defaultValidMs } = input
  const { driverVersion, gpus, lostGpus } = requireListedState(state)
  const uses = groupBy(usesOf(input), keyOf)
  return deepFreeze({
    version: layoutVersion,
    readAt: new Date(now).toISOString(),
    validUntil: new Date(now + validForMs).toISOString(),
    run,
    state: copyPlain({ driverVersion, gpus, lostGpus }),
    holders: gpus.flatMap((gpu) => holdersOf(gpu, uses)),
  })
}

interface Use extends Held {
  /** Null: a process outside of pods. */
  readonly pod: LayoutPod | null
}

/** The whole GPU first, and then its devices by placement. */
function holdersOf(
  gpu: AnyGpuState,
  uses: ReadonlyMap<string, readonly Use[]>,
): readonly LayoutHolder[] {
  return [null, ...devicesOf(gpu)].flatMap((device): readonly LayoutHolder[] => {
    const own = uses.get(keyOf({ gpu, device }))
    if (own === undefined) return []
    const pods = new Map(own.flatMap(({ pod }) => (pod === null ? [] : [[nameOf(pod), pod]])))
    return [
      {
        gpu: gpu.uuid,
        gpuInstanceId: device?.gpuInstanceId ?? null,
        computeInstanceId: device?.computeInstanceId ?? null,
        pods: [...pods].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pod]) => pod),
        morePods: 0,
        processes: own.filter(({ pod }) => pod === null).length,
      },
    ]
  })
}

function usesOf({ state, pods, held, processes }: NodeLayoutInput): readonly Use[] {
  const living = pods.filter((pod) => !hasEnded(pod)).map(({ metadata }) => metadata)
  const byName = new Set(living.map(({ namespace, name }) => `${namespace}/${name}`))
  const byUid = new Map(
    living.map(({ uid, namespace = '', name = '' }) => [uid, { namespace, name }] as const),
  )
  // Many pods may share one device.
  const ids = new Set(held.flatMap(({ devices }) => devices))
  const places = new Map([...ids].map((id) => [id, findHeld(state, id)] as const))
  const named = held
    .filter((pod) => byName.has(nameOf(pod)))
    .flatMap(({ namespace, name, devices }) =>
      devices
        .flatMap((id) => places.get(id) ?? [])
        .map((place) => ({ ...place, pod: { namespace, name } })),
    )
  const used = processes
    // A monitor that has opened the device node has no part of the GPU.
    .filter(({ opensNodeOnly }) => opensNodeOnly !== true)
    .flatMap((process) => {
      const pod = byUid.get(process.container?.podUid ?? undefined) ?? null
      return placesOf(state, process).map((place) => ({ ...place, pod }))
    })
  return [...named, ...used]
}

function keyOf({ gpu, device }: Held): string {
  return `${gpu.uuid} ${device?.gpuInstanceId} ${device?.computeInstanceId}`
}

function nameOf({ namespace, name }: LayoutPod): string {
  return `${namespace}/${name}`
}
