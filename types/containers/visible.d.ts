import type { ContainerDevice } from './device.js'

/**
 * How a runtime reads a text of visible devices. `cdi`: NVIDIA's runtime with specifications, written before or made when
 * the container starts (nvidia-container-toolkit 1.20). `legacy`: its hook before that (libnvidia-container).
 */
export type VisibleDialect = 'cdi' | 'legacy'

/** A text of visible devices, taken apart. */
export type VisibleDevices =
  /** Empty, or `void` among its words: not a container with GPUs. */
  | { readonly kind: 'void' }
  /** `none`: the driver, and no device. */
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  /** In the order of the text. Empty words are left out. */
  | { readonly kind: 'list'; readonly words: readonly string[] }

/** What a container gets. */
export interface ResolvedDevices {
  /**
   * `devices`: these devices. `none`: the driver, and no device. `void`: the runtime leaves the container as it is.
   */
  readonly kind: 'devices' | 'none' | 'void'
  /** Each once, in the order of the text. */
  readonly devices: readonly ContainerDevice[]
  /** What a person would not expect, such as a whole GPU with MIG on, on which CUDA cannot run. */
  readonly warnings: readonly string[]
}

/** Options of `resolveVisibleDevices`. */
export interface ResolveOptions {
  /** Default `cdi`. */
  readonly dialect?: VisibleDialect
  /** Kinds of CDI names that mean the devices of this machine. Default `nvidia.com/gpu` and `runtime.nvidia.com/gpu`. */
  readonly kinds?: readonly string[]
}
