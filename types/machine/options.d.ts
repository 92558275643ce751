import type { GpuHolder, GpuState, GpuUuid } from '../model/state.js'
import type { ApplyEvent } from './events.js'
import type { HooksInput } from './hooks.js'

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
  /**
   * The file that excludes other writers of this machine. Default: `$MIG_NVML_LOCK`, else `/run/mig-nvml/lock`.
   * Its folder, and every folder on the way, must be one in which no other user can make or replace anything:
   * else `MIG_LOCK_FAILED`. See SECURITY.md.
   */
  readonly lockFile?: string
  /**
   * Where the file tree of this driver begins: its `/proc`, `/sys` and programs lie there. Default `/`.
   * Null: it has none, and nothing of this computer's is looked at in its stead.
   */
  readonly root?: string | null
  /**
   * An exported `int name(const char *pciBusId)` that resets a GPU and gives an NVML return code. It is
   * called while NVML is closed, after the selector. Absent: the driver's own tool does it.
   */
  readonly reset?: { readonly symbol: string }
}

/**
 * How a GPU is reset on which a MIG mode waits for it; never any other GPU. `nvidia-smi`: the driver's
 * tool. `sysfs`: a PCI function-level reset, with the driver unbound from that GPU meanwhile. `none`:
 * not at all. A function is called while this thread has NVML closed; it must not open it, and settles
 * when the GPU is back.
 */
export type ResetMethod = 'nvidia-smi' | 'sysfs' | 'none' | ((gpu: GpuState) => Promise<void>)

/** Which driver, and when to stop. Of every function that reads or changes a machine. */
export interface DriverOptions {
  /** NVML library. Default: `$MIG_NVML_LIBRARY`, else `libnvidia-ml.so.1`. */
  readonly library?: string | LibraryRef
  /** Stops waiting, planning and applying; what an apply has already done is undone. */
  readonly signal?: AbortSignal
  /**
   * After how many milliseconds a call to the driver counts as slow. It is reported then, and again each
   * time that its wait has doubled; it is never torn off. Default 10,000.
   */
  readonly slowAfterMs?: number
  /**
   * Called with each slow call, from a timer. Functions with `onEvent` report the same call as the event
   * `slow`, with the step that it is part of.
   */
  readonly onSlowCall?: (call: SlowCall) => void
}

/**
 * A call to the driver that has not come back yet. Another process may be the cause: the driver has one
 * lock for all GPUs of a machine, which every change holds.
 */
export interface SlowCall {
  /** The NVML function that runs, or `reset (…)`. While a change waits its turn: the call ahead of it. */
  readonly fn: string
  /** Null: the call is about the whole machine. */
  readonly gpu: GpuUuid | null
  readonly gpuIndex: number | null
  /** How long it has been running. */
  readonly durationMs: number
}

/** Which configuration of a document, and how strictly the document is taken. */
export interface ConfigOptions extends DriverOptions {
  /** The name of the configuration. May be left out when the document has exactly one. */
  readonly config?: string
  /**
   * What a document says that cannot be meant, such as an entry that matches no GPU or two entries that
   * ask different things of one GPU: `strict` refuses it, `lenient` takes it as mig-parted does, with a
   * warning. Default `strict`.
   */
  readonly matching?: 'strict' | 'lenient'
}

/** Of `assertMigConfig`. */
export interface AssertOptions extends ConfigOptions {
  /** Whether MIG modes are as wanted; the instances do not matter. */
  readonly modeOnly?: boolean
}

/** Of `planMigConfig`, and of everything that plans before it acts. */
export interface PlanOptions extends ConfigOptions {
  /**
   * Change MIG modes and nothing else: a GPU whose mode is right keeps its instances, whatever the
   * document says of them. One whose mode changes loses them all the same.
   */
  readonly modeOnly?: boolean
  /**
   * A mode that takes a reset of the GPU stays pending, and the instances of that GPU wait for the
   * next apply. Without `modeOnly` the apply then fails with `MIG_RESET_REQUIRED` or
   * `MIG_REBOOT_REQUIRED` and a `partial` report; what was done stays.
   */
  readonly skipReset?: boolean
  /**
   * What processes use may go where there is no other way. Nothing ends a process here: the driver
   * refuses to destroy what is in use. With `true` it is tried; a function is told first who holds
   * what, may stop them, and should settle when they have ended. Then it is looked at anew, and who is
   * still there is in the way again. A plan alone, and a dry run, call nobody.
   */
  readonly evict?: boolean | ((holders: readonly GpuHolder[]) => Promise<void> | void)
}

/** What runs around an apply. */
export interface HookOptions {
  /** Programs and functions that run around an apply; none in a dry run. */
  readonly hooks?: HooksInput
  /**
   * Environment of every hook program; goes over the program's own. The variables of mig-parted's flags
   * (`MIG_PARTED_SELECTED_CONFIG` and the like) are set from the options of the apply where they are
   * not given here.
   */
  readonly hookEnvs?: Readonly<Record<string, string>>
}

/**
 * Of `applyMigConfig` and `startMigConfig`; `withMigConfig`, `holdMigConfig` and `restoreMig` take
 * all but some of it.
 */
export interface ApplyOptions extends PlanOptions, HookOptions {
  /** Return the plan that would run; touch nothing. */
  readonly dryRun?: boolean
  /** Called synchronously; what it throws before `verified` stops the apply like an abort. */
  readonly onEvent?: (event: ApplyEvent) => void
  /** Default: the library's own where it has one, else `nvidia-smi`. */
  readonly reset?: ResetMethod
  /** What `nvidia-smi` gets for a reset until it is killed (`MIG_RESET_TIMEOUT`). Default 300,000. */
  readonly resetTimeoutMs?: number
  /**
   * What is undone when a GPU cannot be brought to what is wanted: every GPU (`machine`, the default),
   * that GPU alone (`gpu`), or nothing (`none`). With the last two the other GPUs go on.
   */
  readonly atomic?: 'machine' | 'gpu' | 'none'
}

/** Of `recoverMig`. */
export interface RecoverOptions extends DriverOptions {
  /** What to do with what an interrupted apply has left: bring back what was before it (`undo`, the default), or `finish` it. */
  readonly direction?: 'undo' | 'finish'
  /** As of an apply. */
  readonly reset?: ResetMethod
  /** As of an apply. */
  readonly resetTimeoutMs?: number
  /** Called synchronously. */
  readonly onEvent?: (event: ApplyEvent) => void
}

/** Of `exportMigConfig`. */
export interface ExportOptions extends DriverOptions {
  /** The name that the configuration gets. Default `current`. */
  readonly name?: string
  /** Exact places, and GPU instances without compute instances, in a document of version `mig-nvml/v1`. */
  readonly placements?: boolean
}
