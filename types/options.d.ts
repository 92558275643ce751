import type { ApplyEvent } from './report.js'

/**
 * An NVML library and, where it serves several machines, which of them. A simulated machine's
 * `library` is one. Plain data.
 */
export interface LibraryRef {
  /** Path or soname, as `dlopen` takes it. */
  readonly path: string
  /**
   * Called on the calling thread before each NVML call that starts from nothing (init, count,
   * handles by index, UUID or PCI address): an exported `void name(unsigned int)`. After the call
   * it is called with 0, none.
   */
  readonly selector?: { readonly symbol: string; readonly value: number }
  /** The file that excludes other writers of this machine. Default: one for the real driver. */
  readonly lockFile?: string
}

export interface DriverOptions {
  /** NVML library. Default: `$MIG_NVML_LIBRARY`, else `libnvidia-ml.so.1`. */
  readonly library?: string | LibraryRef
  /** Stops waiting, planning and applying; what an apply has already done is undone. */
  readonly signal?: AbortSignal
}

export interface ConfigOptions extends DriverOptions {
  /** The name of the configuration. May be left out when the document has exactly one. */
  readonly config?: string
}

export interface ApplyOptions extends ConfigOptions {
  /** Return the plan that would run; touch nothing. */
  readonly dryRun?: boolean
  /** Called synchronously; what it throws before `verified` stops the apply like an abort. */
  readonly onEvent?: (event: ApplyEvent) => void
  /** How many GPUs change side by side. Default 2. */
  readonly concurrency?: number
}

export interface ExportOptions extends DriverOptions {
  /** The name that the configuration gets. Default `current`. */
  readonly name?: string
}
