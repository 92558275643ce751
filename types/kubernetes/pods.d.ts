import type { MigStrategy } from './strategy.js'

/** What a pod wants. */
export interface PodRequestOptions {
  readonly strategy: Exclude<MigStrategy, 'none'>
  /** How many of them. Default 1. */
  readonly count?: number
  /**
   * The model of the GPU, as NVML or a label writes it: `NVIDIA A100-SXM4-40GB`; or a key of the catalog with one board. `single` requires it, because sizes differ only
   * in the label `nvidia.com/gpu.product` there.
   */
  readonly model?: string
}

/** The parts of a pod that request MIG devices. */
export interface PodRequest {
  /** For `resources.limits` of a container. Extended resources need no `requests`. */
  readonly limits: { readonly [resource: string]: number }
  /** For the `nodeSelector` of the pod; empty: any node with the resource serves. */
  readonly nodeSelector: { readonly [label: string]: string }
}
