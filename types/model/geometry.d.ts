/**
 * The position of an instance. GPU instances count in memory units of the GPU, compute instances in compute
 * slices of their GPU instance.
 */
export interface Placement {
  readonly start: number
  readonly size: number
}

/** Media and copy engines. In a profile, these are the engines that one instance gets. */
export interface Engines {
  readonly copy: number
  readonly decoder: number
  readonly encoder: number
  readonly jpeg: number
  readonly ofa: number
}

/** A size of compute instance inside one kind of GPU instance. Source: `nvmlGpuInstanceGetComputeInstanceProfileInfo*`. */
export interface ComputeInstanceProfile {
  /** The number that creation takes and a live compute instance carries. */
  readonly id: number
  /** NVML's profile index: a number space of its own. */
  readonly index: number
  /** `1c.3g.20gb`. The full compute instance has the name of its GPU instance: `3g.20gb`. */
  readonly name: string
  readonly sliceCount: number
  /** How many fit into one empty GPU instance. */
  readonly instanceCount: number
  readonly multiprocessorCount: number
  /** Empty where the driver does not report them (before R525): creation then takes no placement. */
  readonly placements: readonly Placement[]
}

/** A size of GPU instance on one GPU. Source: `nvmlDeviceGetGpuInstanceProfileInfo*` and `…PossiblePlacements*`. */
export interface GpuInstanceProfile {
  /**
   * The number that creation takes and a live GPU instance carries. It differs between GPUs: 1g is 19 on an
   * A100 and 14 on an A30.
   */
  readonly id: number
  /** NVML's profile index: a number space of its own. */
  readonly index: number
  /** The driver's name without its `MIG ` prefix: `1g.5gb`, `1g.5gb+me`, `1g.24gb-me`. Unique on one GPU. */
  readonly name: string
  /** Compute slices. */
  readonly sliceCount: number
  /** How many fit on an empty GPU. */
  readonly instanceCount: number
  readonly multiprocessorCount: number
  readonly engines: Engines
  readonly memoryMiB: number
  /** Every placement that the GPU allows for this profile, free or not, in ascending order of start. */
  readonly placements: readonly Placement[]
  /** Null until a GPU instance of this profile has been seen: NVML reports them only inside one. */
  readonly computeInstanceProfiles: readonly ComputeInstanceProfile[] | null
}

/** What one GPU can be divided into, as its driver reports it. */
export interface Geometry {
  /** In ascending order of NVML's profile index. */
  readonly profiles: readonly GpuInstanceProfile[]
}
