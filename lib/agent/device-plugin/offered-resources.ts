import type { OfferedDeviceState } from '../../../types/kubernetes/device-plugin.js'
import type { MigState } from '../../../types/model/state.js'
import { toError } from '../../errors.js'
import { type PlacedDevice, preferDevices } from '../../kubernetes/plugin/preferred.js'
import type { LoadedGrpc } from '../kubelet/grpc.js'
import type { PluginAnswers } from '../kubelet/plugin-socket.js'
import { allocateDevices } from './allocate.js'
import { type NodeView, placed, problemOf } from './node-view.js'
import type { PluginSettings } from './plugin-options.js'
import { type RegisteredResource, registerResource } from './registered-resource.js'

interface OpenResource {
  readonly registered: RegisteredResource
  /** With their NUMA nodes. */
  devices: readonly PlacedDevice[]
  /** The list that the kubelet has, as text. */
  shown: string
  emptySince: number | null
}

/** The resources of a node, each on a socket of its own. */
export interface OfferedResources {
  /** Brings the sockets to the offer: new resources, changed lists, resources that have been empty for long. */
  bringTo(view: NodeView, state: MigState): Promise<void>
  /** Registers what a kubelet does not know. The error of the first that it does not take; null: it knows all. */
  keep(signal: AbortSignal): Promise<Error | null>
  close(): Promise<void>
}

export function offeredResources(
  loaded: LoadedGrpc,
  view: NodeView,
  settings: PluginSettings,
): OfferedResources {
  const { folder, onEvent, retireAfterMs, root } = settings
  const open = new Map<string, OpenResource>()

  function answersFor(resource: string): PluginAnswers {
    return {
      async allocate(ids) {
        const allocation = await allocateDevices(view, resource, ids, settings)
        const devices = (open.get(resource)?.devices ?? [])
          .map(({ uuid }) => uuid)
          .filter((uuid) => ids.includes(uuid))
        onEvent({ kind: 'allocated', resource, devices })
        return allocation
      },
      prefer: (request) =>
        preferDevices(open.get(resource)?.devices ?? [], request, settings.allocation),
    }
  }

  async function offer(resource: string, devices: readonly PlacedDevice[]): Promise<void> {
    const states = devices.map(
      (device): OfferedDeviceState => ({ uuid: device.uuid, problem: problemOf(device, view) }),
    )
    const shown = JSON.stringify(states)
    let entry = open.get(resource)
    if (entry === undefined) {
      const registered = await registerResource(loaded, folder, resource, answersFor(resource))
      entry = { registered, devices, shown: '', emptySince: null }
      open.set(resource, entry)
    }
    entry.devices = devices
    entry.emptySince = devices.length > 0 ? null : (entry.emptySince ?? performance.now())
    if (entry.shown === shown) return
    entry.shown = shown
    await entry.registered.offer(
      devices.map(({ uuid, numaNode }, index) => ({
        id: uuid,
        isHealthy: states[index]?.problem === null,
        numaNode,
      })),
    )
    onEvent({ kind: 'offered', resource, devices: states })
  }

  async function retire(): Promise<void> {
    for (const [resource, { registered, emptySince }] of open) {
      if (emptySince === null || performance.now() - emptySince < retireAfterMs) continue
      open.delete(resource)
      await registered.close()
      onEvent({ kind: 'withdrawn', resource })
    }
  }

  return {
    async bringTo({ offer: wanted }, state) {
      // What goes comes first: a device is never in two lists.
      for (const resource of open.keys()) if (!wanted.has(resource)) await offer(resource, [])
      for (const [resource, devices] of wanted) await offer(resource, placed(devices, state, root))
      await retire()
    },
    async keep(signal) {
      let failure: Error | null = null
      for (const [resource, { registered }] of open) {
        try {
          if ((await registered.keep(signal)) === 'registered')
            onEvent({ kind: 'registered', resource })
        } catch (error) {
          signal.throwIfAborted()
          if (isFatal(error)) throw error
          failure ??= toError(error)
        }
      }
      return failure
    },
    async close() {
      await Promise.all([...open.values()].map(({ registered }) => registered.close()))
      open.clear()
    },
  }
}

/** Another plugin has the socket of this one. */
function isFatal(error: unknown): boolean {
  return toError(error) === error && Reflect.get(error, 'code') === 'MIG_PLUGIN_RUNNING'
}
