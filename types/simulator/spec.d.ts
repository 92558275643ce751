/** GPUs of one model, for a machine that is made. */
export interface SimulatedGpuSpec {
  /** As NVML names it, with or without `NVIDIA `, in any case; or a catalog key: `A100-SXM4-40GB`, `h100-80gb-sxm`. A name that boards of different geometry have (`NVIDIA H100`) is refused: write the key. */
  readonly model: string
  /** Default 1. */
  readonly count?: number
  /** Default false. */
  readonly migEnabled?: boolean
  /** A board whose GPU instance ids are mirrored. Default false. */
  readonly halvesSwapped?: boolean
  /**
   * With `halvesSwapped`: the driver puts the first 3-slice instance into the lower half, as on the board
   * of the MIG User Guide's sample. Default false.
   */
  readonly lowerHalfFirst?: boolean
  /**
   * RTX PRO workstation boards ship for `graphics`, and do MIG in the mode `compute` only. Default:
   * `compute` with `migEnabled`, else `graphics`. Other boards have no such mode.
   */
  readonly displayMode?: 'graphics' | 'compute'
  /**
   * N of `/dev/nvidiaN`, 0 to 31: of the first of these GPUs, the others follow. Default: the lowest
   * numbers that are left, in the order of the GPUs.
   */
  readonly minorNumber?: number
}

/**
 * Where the GPUs of a machine sit in their host, in the order of their indexes. `dgx-a100`: eight, two
 * behind each group of PCIe switches, four of eight NUMA nodes. `dgx-h100`: eight, four on each of two
 * NUMA nodes. `one-socket`: behind one host bridge. `pcie-pairs`: two behind each PCIe switch, on two
 * sockets.
 */
export type SimulatedHost = 'dgx-a100' | 'dgx-h100' | 'one-socket' | 'pcie-pairs'

/** Of `createSimulatedMachine`. */
export interface SimulatedMachineOptions {
  /** File that holds the machine, shared by every process that opens it. Default: private memory. It must not exist yet. */
  readonly store?: string
  /**
   * `580.65.06`, or a branch: `R535`. Symbols and answers follow the branch. Default: 580.65.06, or the
   * first that knows every model of the machine.
   */
  readonly driver?: string
  /**
   * What a mode change on a GPU that needs a reset for it does: the driver resets an idle GPU by
   * itself (`automatic`, the default); it stays pending until `resetGpu` (`manual`); the platform
   * cannot reset (`refused`).
   */
  readonly resetPolicy?: 'automatic' | 'manual' | 'refused'
  /** What callers may do: everything, MIG changes but not the mode, look at everything, look at what is public. Default `admin`. */
  readonly privileges?: 'admin' | 'config' | 'monitor' | 'none'
  /** Part of UUIDs and serial numbers: equal machines with equal seeds have equal ones. 32 bits; default 0. */
  readonly seed?: number
  /** Default: `dgx-a100` for up to eight GPUs, `pcie-pairs` for more. The machine's text may name it: `… on dgx-h100`. */
  readonly host?: SimulatedHost
  /**
   * Which places of compute instances the driver lists. Captures prove the catalog's for the A100 and the
   * H100 SXM; for other boards they are inferred. `other`: each GPU follows the rule that the catalog does
   * not give it. Default `catalog`.
   */
  readonly computePlaces?: 'catalog' | 'other'
  /**
   * How closely the driver checks what no public source settles. `strict` (the default): the placement of
   * a compute instance must equal one that the driver lists, and one over an occupied slice answers
   * `NVML_ERROR_IN_USE`. `loose`: its start alone counts, and one over an occupied slice answers
   * `NVML_ERROR_INSUFFICIENT_RESOURCES`.
   */
  readonly checks?: 'strict' | 'loose'
}

/** A process that NVML lists on a GPU or a MIG device. There need be none of that number. */
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
   * Default `compute`. NVML lists an `mps` process among the compute processes as well, and a `subscriber`,
   * which has an instance open without working on it, nowhere: it keeps the instance from being destroyed.
   */
  readonly kind?: 'compute' | 'graphics' | 'mps' | 'subscriber'
}

/** Calls that fail, hang, or both. */
export interface SimulatedFault {
  /** The NVML function without its version suffix: `nvmlDeviceCreateGpuInstanceWithPlacement`. */
  readonly fn: string
  /** Which call from now on, from 1. Default 1. */
  readonly nth?: number
  /** How many calls from there fail. Default 1. */
  readonly times?: number
  /** What they answer: `NVML_ERROR_IN_USE`, or its number. Absent: they answer as usual (use with `hangMs`). */
  readonly error?: string | number
  /** How long they hang first. */
  readonly hangMs?: number
}
