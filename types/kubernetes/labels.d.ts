import type { StrategyOptions } from './strategy.js'

/** What labels say beside the GPUs. A label whose fact is missing is left out. */
export interface NodeLabelOptions extends StrategyOptions {
  /** `gpu.machine`: the product name of the board (`/sys/class/dmi/id/product_name`). */
  readonly machine?: string
  /** `cuda.runtime…`: the newest CUDA that the driver runs, as `13.0`. */
  readonly cudaVersion?: string
  /** `gpu.family` and `gpu.compute…`, as `8.0`. Default: that of the catalog for a MIG GPU. */
  readonly computeCapability?: string
  /** `gpu.mode`, from the class of the PCI device. */
  readonly mode?: 'compute' | 'graphics' | 'unknown'
  /** `vgpu.present` */
  readonly vgpu?: boolean
  /** `gfd.timestamp`, in seconds since 1970. */
  readonly timestamp?: number
}

/** Labels of a node, by name with their prefix `nvidia.com/`. */
export interface NodeLabels {
  readonly labels: { readonly [label: string]: string }
  /**
   * Labels that gpu-feature-discovery writes, and that node-feature-discovery leaves out, because a value may have at most
   * 63 characters.
   */
  readonly dropped: { readonly [label: string]: string }
}
