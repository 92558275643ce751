/** One or more GPUs of one model, for a new machine. */
export interface SimulatedGpuSpec {
  /**
   * NVML's name, with or without `NVIDIA `, in any case, or a catalog key: `A100-SXM4-40GB`,
   * `h100-80gb-sxm`. If boards of different geometry share a name (`NVIDIA H100`), only the key is accepted.
   */
  readonly model: string
  /** Default 1. */
  readonly count?: number
  /** Default false. */
  readonly migEnabled?: boolean
  /** Whether the board's GPU instance ids are mirrored. Default false. */
  readonly halvesSwapped?: boolean
  /**
   * With `halvesSwapped`: whether the driver puts the first 3-slice instance into the lower half, as on the
   * board of the MIG User Guide's sample. Default false.
   */
  readonly lowerHalfFirst?: boolean
  /**
   * Display mode of an RTX PRO workstation board. Such boards ship in `graphics` and support MIG in `compute`
   * only. Default: `compute` with `migEnabled`, otherwise `graphics`. Other boards have no display mode.
   */
  readonly displayMode?: 'graphics' | 'compute'
  /**
   * N of `/dev/nvidiaN` of the first of these GPUs, 0 to 31; the others follow. Default: the lowest free
   * numbers, in the order of the GPUs.
   */
  readonly minorNumber?: number
}

/**
 * Where the GPUs of a machine sit in their host, in the order of their indexes. `dgx-a100`: up to eight GPUs,
 * two behind each group of PCIe switches, on four of eight NUMA nodes. `dgx-h100`: up to eight GPUs, four on
 * each of two NUMA nodes. `one-socket`: all GPUs behind one host bridge. `pcie-pairs`: two GPUs behind each
 * PCIe switch, on two sockets.
 */
export type SimulatedHost = 'dgx-a100' | 'dgx-h100' | 'one-socket' | 'pcie-pairs'

/** Options of `createSimulatedMachine`. */
export interface SimulatedMachineOptions {
  /** A file for the machine, which all processes that open it share. It must not exist yet. Default: private memory. */
  readonly store?: string
  /**
   * A version (`580.65.06`) or a branch (`R535`). Symbols and answers follow the branch. Default: 580.65.06, or
   * the first version that knows every model of the machine.
   */
  readonly driver?: string
  /**
   * What a MIG mode change does on a GPU that needs a reset for it. `automatic` (the default): the driver
   * resets an idle GPU itself. `manual`: the change stays pending until `resetGpu`. `refused`: the platform
   * cannot reset.
   */
  readonly resetPolicy?: 'automatic' | 'manual' | 'refused'
  /**
   * What callers may do. `admin` (the default): everything. `config`: change instances, but not the MIG mode.
   * `monitor`: read everything but lists of instances. `none`: read public data.
   */
  readonly privileges?: 'admin' | 'config' | 'monitor' | 'none'
  /** Determines UUIDs and serial numbers: equal machines with equal seeds have equal ones. 32 bits; default 0. */
  readonly seed?: number
  /** Default: `dgx-a100` for up to eight GPUs, `pcie-pairs` for more. The machine's text may name it: `… on dgx-h100`. */
  readonly host?: SimulatedHost
  /**
   * Which placements of compute instances the driver lists. `catalog` (the default): those of the catalog,
   * which captures prove for the A100 and the H100 SXM; those of other boards are inferred. `other`: each GPU
   * follows the rule that the catalog does not give it.
   */
  readonly computePlaces?: 'catalog' | 'other'
  /**
   * How strictly the driver checks what no public source settles. `strict` (the default): a compute instance's
   * placement must equal one that the driver lists, and an occupied slice answers `NVML_ERROR_IN_USE`.
   * `loose`: only the start counts, and an occupied slice answers `NVML_ERROR_INSUFFICIENT_RESOURCES`.
   */
  readonly checks?: 'strict' | 'loose'
}

/** A simulated process on a GPU or a MIG device. No real process needs to have its pid. */
export interface SimulatedProcess {
  readonly pid: number
  /** NVML index. */
  readonly gpu: number
  /** Both absent: the process uses the whole GPU. */
  readonly gpuInstanceId?: number
  readonly computeInstanceId?: number
  readonly name?: string
  readonly memoryMiB?: number
  /**
   * Default `compute`. NVML lists an `mps` process among the compute processes as well. A `subscriber` has an
   * instance open without working on it: no list contains it, but the instance cannot be destroyed.
   */
  readonly kind?: 'compute' | 'graphics' | 'mps' | 'subscriber'
}

/** Calls that fail, hang, or both. */
export interface SimulatedFault {
  /** The NVML function without its version suffix: `nvmlDeviceCreateGpuInstanceWithPlacement`. */
  readonly fn: string
  /** The first call that fails, counted from now, from 1. Default 1. */
  readonly nth?: number
  /** How many calls in a row fail. Default 1. */
  readonly times?: number
  /** The answer: `NVML_ERROR_IN_USE`, or a number. Absent: the calls answer as usual (use with `hangMs`). */
  readonly error?: string | number
  /** How long each call hangs first, in milliseconds. */
  readonly hangMs?: number
}
