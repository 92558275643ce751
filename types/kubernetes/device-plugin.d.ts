import type { CdiFileOptions } from '../machine/cdi-file.js'
import type { DriverOptions } from '../machine/options.js'
import type { GpuUuid, MigUuid } from '../model/state.js'
import type { MigStrategy } from './strategy.js'

/**
 * Which of several equal devices a container gets. `packed`: from as few GPUs as possible. `distributed`: from as many. Whole GPUs
 * come from one NUMA node where that is possible, with either.
 */
export type DevicePluginAllocation = 'packed' | 'distributed'

/**
 * How a container gets its devices. `cdi`: by their names in a CDI specification, which needs a runtime with CDI. `envvar`: by
 * `NVIDIA_VISIBLE_DEVICES`, for NVIDIA's container runtime.
 */
export type DevicePluginDeviceList = 'cdi' | 'envvar'

/** The CDI specification of a device plugin. Devices have their UUID as name. */
export type DevicePluginCdi = Omit<CdiFileOptions, 'names' | 'all' | 'root'>

/** Options of a device plugin. */
export interface DevicePluginOptions extends DriverOptions {
  readonly strategy: MigStrategy
  /** Default `cdi`. */
  readonly deviceList?: DevicePluginDeviceList
  /**
   * Which CDI specification the plugin keeps up to date. Default: the file `/var/run/cdi/k8s.device-plugin.nvidia.com-gpu.json` with
   * the kind `k8s.device-plugin.nvidia.com/gpu`, as NVIDIA's plugin has it. False: another program writes the specification of
   * `cdiKind`.
   */
  readonly cdi?: DevicePluginCdi | false
  /** The kind of a specification that another program writes, with UUIDs as names. Default `nvidia.com/gpu`. */
  readonly cdiKind?: string
  /** Also name the device nodes to the kubelet, for runtimes that open nothing else to a container. Default false. */
  readonly deviceNodes?: boolean
  /** Default `distributed`. */
  readonly allocation?: DevicePluginAllocation
  /**
   * Xids after which a device stays healthy, or `all`. Default 13, 31, 43, 45, 68 and 109: faults of programs, as NVIDIA's plugin
   * ignores them.
   */
  readonly ignoredXids?: readonly number[] | 'all'
  /**
   * A device is healthy again after so many milliseconds without another Xid. Default: only when its instance is created anew, or
   * its GPU comes back or changes its MIG mode.
   */
  readonly recoverAfterMs?: number
  /** How long a resource without devices stays registered, in milliseconds. Default 30,000. */
  readonly retireAfterMs?: number
  /**
   * How long the start of a container may wait for a change of its GPU to end, and for the driver to answer, in milliseconds. The
   * kubelet starts no other pod meanwhile. Default 10,000.
   */
  readonly allocateTimeoutMs?: number
  /** The folder of the kubelet's sockets. Default `/var/lib/kubelet/device-plugins`. */
  readonly folder?: string
  /** How often to look at the machine and the kubelet, in milliseconds. Default 1000. Events of the driver are followed at once. */
  readonly intervalMs?: number
  /**
   * Folder below which the driver's files in `proc` lie, for the numbers of its device nodes. Default: the `root` of the
   * library.
   */
  readonly root?: string
  readonly onEvent?: (event: DevicePluginEvent) => void
}

/** What a device plugin reports. */
export type DevicePluginEvent =
  /** The kubelet knows the resource now: at first, and after each of its restarts. */
  | { readonly kind: 'registered'; readonly resource: string }
  /** The list of a resource has changed, and the kubelet has it. Empty: there is no such device at present. */
  | {
      readonly kind: 'offered'
      readonly resource: string
      readonly devices: readonly OfferedDeviceState[]
    }
  /** The resource is no longer registered. */
  | { readonly kind: 'withdrawn'; readonly resource: string }
  /** A container gets these devices. */
  | {
      readonly kind: 'allocated'
      readonly resource: string
      readonly devices: readonly (GpuUuid | MigUuid)[]
    }
  /** The strategy does not bear the devices of the node: no new one is offered until that changes. */
  | { readonly kind: 'invalid'; readonly message: string }
  /** The kubelet does not answer, or refuses the registration. It is tried again. */
  | { readonly kind: 'waiting'; readonly error: Error }
  /** The CDI specification cannot be written. No new device is offered; it is tried again. */
  | { readonly kind: 'failed'; readonly error: Error }
  /** The machine cannot be read. All devices count as unhealthy until it can. */
  | { readonly kind: 'unreadable'; readonly error: Error }

/** A device as the kubelet sees it. */
export interface OfferedDeviceState {
  readonly uuid: GpuUuid | MigUuid
  /** Why no pod gets it: `Xid 79`. Null: it is healthy. */
  readonly problem: string | null
}

/** A device plugin that runs. */
export interface DevicePlugin extends AsyncDisposable {
  /** Rejects when the plugin has ended by itself: another plugin has its socket, or the options are wrong. */
  readonly ended: Promise<void>
  /** Ends the plugin. The kubelet then counts its devices as unhealthy; pods that run keep them. Idempotent. */
  close(): Promise<void>
}
