import type { GpuHolder, GpuState, GpuUuid } from '../model/state.js'
import type { CdiFileOptions } from './cdi-file.js'
import type { ClientsInput } from './clients.js'
import type { ApplyEvent } from './events.js'
import type { HooksInput } from './hooks.js'

/**
 * An NVML library and, if it serves several machines, which of them. A simulated machine's `library` is one. Plain
 * data.
 */
export interface LibraryRef {
  /** Path or soname for `dlopen`. */
  readonly path: string
  /**
   * An exported function `void name(unsigned int)` that selects a machine of the library. It is called with `value`
   * before each NVML call that takes no handle (init, count, handles by index, UUID or PCI address), on the same
   * thread, and with 0 after the call.
   */
  readonly selector?: { readonly symbol: string; readonly value: number }
  /**
   * The lock file that excludes other writers of this machine. Default: `$MIG_NVML_LOCK`, else `/run/mig-nvml/lock`.
   * No other user may be able to create or replace anything in its folder, or in a folder on the way to it; otherwise
   * `MIG_LOCK_FAILED`. See SECURITY.md.
   */
  readonly lockFile?: string
  /**
   * Root of the file tree in which this driver's `/proc`, `/sys` and programs lie. Default `/`. Null: the driver has
   * no file tree, and that of this computer is not read in its place.
   */
  readonly root?: string | null
  /**
   * An exported function `int name(const char *pciBusId)` that resets a GPU and returns an NVML return code. It is
   * called while NVML is closed, after the selector. Absent: the driver's own tool resets GPUs.
   */
  readonly reset?: { readonly symbol: string }
}

/**
 * How to reset a GPU whose MIG mode is pending a reset. No other GPU is ever reset.
 *
 * - `nvidia-smi`: with the driver's tool.
 * - `sysfs`: with a PCI function-level reset, while the driver is unbound from that GPU.
 * - `none`: not at all.
 * - A function: it is called while this thread has NVML closed, must not open it, and settles when the GPU is back.
 */
export type ResetMethod = 'nvidia-smi' | 'sysfs' | 'none' | ((gpu: GpuState) => Promise<void>)

/** Options of every function that reads or changes a machine: which driver, and when to stop. */
export interface DriverOptions {
  /** NVML library. Default: `$MIG_NVML_LIBRARY`, else `libnvidia-ml.so.1`. */
  readonly library?: string | LibraryRef
  /** Stops waiting, planning and applying (`ABORT_ERR`). What an apply has already done is undone. */
  readonly signal?: AbortSignal
  /**
   * After how many milliseconds a driver call counts as slow. It is reported then, and again each time that the wait
   * has doubled. The call is never cancelled. Default 10,000.
   */
  readonly slowAfterMs?: number
  /**
   * Called from a timer with each slow call. Functions with `onEvent` also emit the event `slow`, with the step that
   * the call is part of.
   */
  readonly onSlowCall?: (call: SlowCall) => void
}

/** Options of `readMigState`. */
export interface ReadOptions extends DriverOptions {
  /**
   * Folder below which the driver's files in `proc` lie, for the numbers of its device nodes. Default: the `root` of the
   * library.
   */
  readonly root?: string
  /** Also read the memory in use and the processes of each GPU and MIG device: `usage`. Default false. */
  readonly processes?: boolean
}

/**
 * A driver call that has not returned yet. Another process may be the cause: the driver has one lock for all GPUs of a
 * machine, which every change holds.
 */
export interface SlowCall {
  /** The NVML function that is running, or `reset (…)`. For a change that waits its turn: the call ahead of it. */
  readonly fn: string
  /** Null: the call concerns the whole machine. */
  readonly gpu: GpuUuid | null
  /** NVML's index, where it is known. */
  readonly gpuIndex: number | null
  /** How long the call has been running, in milliseconds. */
  readonly durationMs: number
}

/** Which configuration of a document to use, and how strictly to read the document. */
export interface ConfigOptions extends DriverOptions {
  /** Name of the configuration. Optional if the document has exactly one. */
  readonly config?: string
  /**
   * What to do with a document that contradicts itself or the machine, for example an entry that matches no GPU, or two
   * entries that want different things of one GPU. `strict` rejects it. `lenient` reads it as mig-parted does, with a
   * warning. Default `strict`.
   */
  readonly matching?: 'strict' | 'lenient'
}

/** Options of `assertMigConfig`. */
export interface AssertOptions extends ConfigOptions {
  /** Compare only MIG modes, not instances. Default false. */
  readonly modeOnly?: boolean
}

/** Options of `planMigConfig`, and of every function that plans before it acts. */
export interface PlanOptions extends ConfigOptions {
  /**
   * Change only MIG modes. A GPU whose mode is right keeps its instances, whatever the document says about them. A GPU
   * whose mode changes loses its instances all the same. Default false.
   */
  readonly modeOnly?: boolean
  /**
   * Reset no GPU. A mode that needs a reset stays pending, and the instances of that GPU wait for the next apply. Without
   * `modeOnly`, the apply then fails with `MIG_RESET_REQUIRED` or `MIG_REBOOT_REQUIRED` and a `partial` report, and what
   * it did stays. Default false.
   */
  readonly skipReset?: boolean
  /**
   * Allow the plan to destroy instances that processes still use, when there is no other way. mig-nvml never ends a
   * process, and the driver refuses to destroy an instance in use. With `true`, the apply tries anyway. A function is
   * called first with the holders; it may stop them, and should settle once they have ended. mig-nvml then reads the
   * machine again, and any process still there blocks the apply. Plans and dry runs never call it. Default false.
   */
  readonly evict?: boolean | ((holders: readonly GpuHolder[]) => Promise<void> | void)
  /**
   * UUIDs of MIG devices that count as in use although no process may be on them: a scheduler has given them away. They are
   * kept as those of processes are; in `evicted` and in an error they are holders with the pid 0.
   */
  readonly inUse?: readonly string[]
}

/** Options for hooks and clients: what happens around an apply. */
export interface HookOptions {
  /**
   * Units of systemd and containers that the apply may stop where they are in its way. Those that it has stopped are
   * started again in every outcome; after a crash, by `recoverMig` or the next apply with clients. The apply then has
   * the machine for itself. A dry run stops none.
   */
  readonly clients?: ClientsInput
  /** Programs and functions that run before and after an apply. A dry run runs none. */
  readonly hooks?: HooksInput
  /**
   * Environment variables for every hook program. They override the program's own `envs`. The variables of mig-parted's
   * flags, such as `MIG_PARTED_SELECTED_CONFIG`, are set from the options of the apply unless they are given here.
   */
  readonly hookEnvs?: Readonly<Record<string, string>>
}

/**
 * Options of `applyMigConfig` and `startMigConfig`. `withMigConfig`, `holdMigConfig` and `restoreMig` take most of
 * them.
 */
export interface ApplyOptions extends PlanOptions, HookOptions {
  /** Return the plan that would run, and change nothing. Default false. */
  readonly dryRun?: boolean
  /** Called synchronously. An error that it throws before `verified` stops the apply like an abort. */
  readonly onEvent?: (event: ApplyEvent) => void
  /** How to reset GPUs. Default: the library's own function if it has one, else `nvidia-smi`. */
  readonly reset?: ResetMethod
  /**
   * After how many milliseconds `nvidia-smi` is killed if a reset takes longer (`MIG_RESET_TIMEOUT`). Default
   * 300,000.
   */
  readonly resetTimeoutMs?: number
  /**
   * What to undo when a GPU cannot be brought to the wanted state: every GPU (`machine`, the default), only that GPU
   * (`gpu`), or nothing (`none`). With `gpu` and `none`, the apply continues on the other GPUs.
   */
  readonly atomic?: 'machine' | 'gpu' | 'none'
  /**
   * A CDI specification to keep up to date: a file, or the options of `writeCdiSpec` about it. It is written when the apply
   * has been verified. What it has for every container, such as libraries, is kept. After a failure it describes what is there then; after an undo that is what was there before.
   * Before the first change the apply checks that it can be written. A dry run writes none.
   */
  readonly cdi?: string | CdiFileOptions
}

/** Options of `recoverMig`. */
export interface RecoverOptions extends DriverOptions {
  /**
   * What to do with the changes of an interrupted apply: bring back the state before it (`undo`, the default), or
   * `finish` it.
   */
  readonly direction?: 'undo' | 'finish'
  /** As for an apply. */
  readonly reset?: ResetMethod
  /** As for an apply. */
  readonly resetTimeoutMs?: number
  /** Called synchronously. An error that it throws stops the recovery after the GPU at hand. */
  readonly onEvent?: (event: ApplyEvent) => void
}

/** Options of `exportMigConfig`. */
export interface ExportOptions extends DriverOptions {
  /** Name of the exported configuration. Default `current`. */
  readonly name?: string
  /**
   * Export the placement of every instance, and GPU instances without compute instances, in a document of version
   * `mig-nvml/v1`. Default false.
   */
  readonly placements?: boolean
}
