import type {
  ClaimedBy,
  ClaimedGpu,
  ClaimedLayoutOptions,
} from '../../../types/kubernetes/dra/claims.js'
import type { ResourceClaim } from '../../../types/kubernetes/dra/objects.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { AnyGpuState, MigState } from '../../../types/model/state.js'
import type { PlacedGpuInstance } from '../../../types/solver/layout.js'
import { MigError } from '../../errors.js'
import { checkState } from '../../model/check-state.js'
import { copyPlain } from '../../model/copy-plain.js'
import { deepFreeze } from '../../model/freeze.js'
import { completeGeometry } from '../../model/geometry.js'
import { formatGpus } from '../../model/gpu-text.js'
import { byPlacement } from '../../model/placement.js'
import { checkLayout } from '../../solver/layout/check-layout.js'
import { checkClaimedLayout } from './check-options.js'
import { claimableDevices } from './claimable-devices.js'
import { nvidiaDriver } from './class-names.js'
import { heldResults } from './held-results.js'

/** A device of this node that a claim has. */
interface Held {
  readonly device: string
  readonly by: ClaimedBy
}

/**
 * What the GPUs of a node are to be, so that each allocated claim finds its devices: the layout of each GPU, checked against its
 * geometry. Devices of other drivers and nodes do not count. All GPUs of the state are there, also those without a claim.
 *
 * @throws MigError `MIG_DRA_INVALID` for a device that the node does not have, for one that two claims have, and for devices that no
 *   layout has together; TypeError for wrong arguments.
 */
export function claimsToLayout(
  state: MigState,
  claims: readonly ResourceClaim[],
  options: ClaimedLayoutOptions,
): readonly ClaimedGpu[] {
  checkState('claimsToLayout', state)
  checkClaimedLayout(claims, options)
  const left = new Map(heldDevices(claims, options).map((held) => [held.device, held]))
  const gpus = state.gpus.map((gpu) => claimedGpu(gpu, state, left))
  const [unknown] = left.values()
  if (unknown !== undefined)
    throw new MigError(
      'MIG_DRA_INVALID',
      `The node ${options.node} has no device ${unknown.device}, which the claim ${nameOf(unknown.by)} has`,
      { hint: 'a change of the MIG mode, or another GPU in its place, makes other devices' },
    )
  // A copy: placements are those of the state.
  return deepFreeze(copyPlain(gpus))
}

function heldDevices(
  claims: readonly ResourceClaim[],
  { node, driver = nvidiaDriver }: ClaimedLayoutOptions,
): readonly Held[] {
  const held = claims.flatMap((each) => {
    const { name: claim, namespace } = each.metadata
    return heldResults(each)
      .filter((result) => result.driver === driver && result.pool === node)
      .map(
        ({ device, request }): Held => ({
          device,
          by: { claim, ...(namespace === undefined ? {} : { namespace }), request },
        }),
      )
  })
  const seen = new Map<string, Held>()
  for (const each of held) {
    const other = seen.get(each.device)
    if (other !== undefined)
      throw new MigError(
        'MIG_DRA_INVALID',
        `The claims ${nameOf(other.by)} and ${nameOf(each.by)} have the same device, ${each.device}`,
      )
    seen.set(each.device, each)
  }
  return held
}

/** `team/train` */
function nameOf({ namespace, claim }: ClaimedBy): string {
  return namespace === undefined ? claim : `${namespace}/${claim}`
}

/** Takes what it finds on this GPU out of `left`. */
function claimedGpu(
  gpu: AnyGpuState,
  { driverVersion }: MigState,
  left: Map<string, Held>,
): ClaimedGpu {
  const geometry = gpu.mig?.enabled === true ? completeGeometry(gpu, driverVersion) : null
  const found = claimableDevices(gpu, geometry).flatMap(({ name, instance }) => {
    const held = left.get(name)
    left.delete(name)
    return held === undefined ? [] : [{ ...held, instance }]
  })
  const instances = new Map<string, { instance: PlacedGpuInstance; by: ClaimedBy[] }>()
  for (const { instance, by } of found) {
    if (instance === null) continue
    const key = `${instance.profileId} ${instance.placement.start}`
    const same = instances.get(key)
    instances.set(key, {
      instance: {
        ...instance,
        computeInstances: [
          ...(same?.instance.computeInstances ?? []),
          ...instance.computeInstances,
        ],
      },
      by: [...(same?.by ?? []), by],
    })
  }
  const placed = [...instances.values()].sort((a, b) => byPlacement(a.instance, b.instance))
  const layout = placed.map(({ instance }) => instance)
  checkTogether(gpu, geometry, layout, found)
  return {
    gpu: gpu.uuid,
    gpuIndex: gpu.index,
    whole: found.find(({ instance }) => instance === null)?.by ?? null,
    layout,
    claimedBy: placed.map(({ by }) => by),
  }
}

function checkTogether(
  gpu: AnyGpuState,
  geometry: Geometry | null,
  layout: readonly PlacedGpuInstance[],
  held: readonly Held[],
): void {
  if (geometry === null) return
  const kinds = checkLayout(geometry, layout).map(({ kind }) => kind)
  if (kinds.length === 0) return
  const devices = held.map(({ device, by }) => `${device} (claim ${nameOf(by)})`)
  throw new MigError(
    'MIG_DRA_INVALID',
    `${formatGpus([gpu])} cannot have these devices together: ${devices.join(', ')} (${[...new Set(kinds)].join(', ')})`,
  )
}
