import type { AllocationOptions, AllocationPreview } from '../../types/kubernetes/allocation.js'
import type { GpuUuid, MigState, MigUuid } from '../../types/model/state.js'
import { checkState } from '../model/check-state.js'
import { deepFreeze } from '../model/freeze.js'
import { checkAllocationOptions, checkLimits } from './check-options.js'
import { resourceNames } from './resource-names.js'

type Devices = Record<string, readonly (GpuUuid | MigUuid)[]>

/** Source: NVIDIA's device plugin v0.20, its response to `Allocate`. */
const visibleDevices = 'NVIDIA_VISIBLE_DEVICES'
const mountFolder = '/var/run/nvidia-container-devices'
const cdiKind = 'k8s.device-plugin.nvidia.com/gpu'

/**
 * What a container gets on this node: which devices, and how the device plugin passes them on. It shows requests that do not
 * fit, and requests of several sizes that the container would not see together.
 *
 * @throws MigError `MIG_STRATEGY_INVALID` for a node on which the plugin refuses to start; TypeError for wrong options.
 */
export function allocationPreview(state: MigState, options: AllocationOptions): AllocationPreview {
  checkState('allocationPreview', state)
  checkAllocationOptions(options)
  const { strategy, limits, deviceList = 'envvar', taken = [] } = options
  const own = Object.entries(limits).filter(([resource]) => resource.startsWith('nvidia.com/'))
  checkLimits(Object.fromEntries(own))
  const resources = resourceNames(state, { strategy })
  const devices: Devices = {}
  const missing: Record<string, number> = {}
  for (const [resource, limit] of own) {
    const count = Number(limit)
    if (count === 0) continue
    const free = (resources[resource] ?? []).filter(
      (uuid) => uuid !== null && !taken.includes(uuid),
    ) as (GpuUuid | MigUuid)[]
    devices[resource] = free.slice(0, count)
    if (free.length < count) missing[resource] = count - free.length
  }
  return deepFreeze({ devices, missing, ...passOn(devices, deviceList) })
}

function passOn(
  devices: Devices,
  deviceList: NonNullable<AllocationOptions['deviceList']>,
): Pick<AllocationPreview, 'environments' | 'mounts' | 'cdiDevices'> {
  const lists = Object.values(devices).filter((list) => list.length > 0)
  const all = lists.flat()
  switch (deviceList) {
    case 'envvar':
      return {
        environments: lists.map((list) => ({ [visibleDevices]: list.join() })),
        mounts: [],
        cdiDevices: [],
      }
    case 'volume-mounts':
      return {
        environments: all.length === 0 ? [] : [{ [visibleDevices]: mountFolder }],
        mounts: all.map((uuid) => `${mountFolder}/${uuid}`),
        cdiDevices: [],
      }
    case 'cdi-annotations':
    case 'cdi-cri':
      return { environments: [], mounts: [], cdiDevices: all.map((uuid) => `${cdiKind}=${uuid}`) }
    default:
      return deviceList satisfies never
  }
}
