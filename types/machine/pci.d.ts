import type { MigMode } from '../model/state.js'
import type { ConfigOptions, LibraryRef } from './options.js'

/** A GPU as the PCI bus shows it, with or without a driver. */
export interface PciGpu {
  /** Its position among the NVIDIA GPUs by PCI address. It is NVML's index where the driver takes all of them. */
  readonly index: number
  /** As the kernel writes it: `0000:07:00.0`. */
  readonly pciBusId: string
  /** The device in the high half, the vendor in the low half: 0x20B010DE. */
  readonly pciDeviceId: number
  /** In the same form; 0 where the kernel does not know it. */
  readonly pciSubsystemId: number
  /** `NVIDIA A100-SXM4-40GB`, by its PCI id; null for an id that is not in the catalog. */
  readonly name: string | null
  /** True: the catalog has its PCI id, so it can do MIG. Null: the catalog does not have it. */
  readonly supportsMig: true | null
  /** The driver that is bound to it: `nvidia`, `vfio-pci`. Null: none. */
  readonly driver: string | null
  /** Whether the kernel can reset it. */
  readonly resettable: boolean
  /** Null where the registers do not show it, as on every chip but the GA100. */
  readonly mig: MigMode | null
  /** Why `mig` is null; null where it is not. */
  readonly whyUnknown: string | null
}

/** Options of `readPciModes`. */
export interface PciOptions {
  /** Names the root of the file tree in which `/sys` lies, and the lock file. Default: as for other functions. */
  readonly library?: string | LibraryRef
  /** Stops waiting. What was already changed is undone. */
  readonly signal?: AbortSignal
  /**
   * Use the registers of a GPU even while a driver is bound to it, which may use them at the same time. Default
   * false.
   */
  readonly evenIfBound?: boolean
  /** How long a GPU may take to boot, and after a reset to take its mode, in milliseconds. Default 5000. */
  readonly bootTimeoutMs?: number
}

/** Options of `setPciModes`. */
export interface SetPciModesOptions extends PciOptions, Pick<ConfigOptions, 'config' | 'matching'> {
  /** Return what would change, and change nothing. Default false. */
  readonly dryRun?: boolean
  /** Reset no GPU. The modes stay pending, until a reset or a reboot. Default false. */
  readonly skipReset?: boolean
}

/** What `setPciModes` did to one GPU. */
export interface PciModeChange {
  /** The GPU before. */
  readonly gpu: PciGpu
  /** The wanted mode. */
  readonly enabled: boolean
  /** `pending`: it takes a reset of the GPU, or a reboot. `planned`: a dry run. */
  readonly outcome: 'unchanged' | 'changed' | 'pending' | 'planned'
  /** Whether the GPU was reset. */
  readonly reset: boolean
}

/** What `setPciModes` did. */
export interface PciModeReport {
  /** The GPUs of the configuration whose modes the registers show, in ascending order of index. */
  readonly gpus: readonly PciModeChange[]
  /** GPUs of the configuration whose modes only their driver can set; `whyUnknown` says why. */
  readonly skipped: readonly PciGpu[]
  /** What was accepted in the document, as with `lenient`, and entries that match no GPU of this machine. */
  readonly warnings: readonly string[]
}
