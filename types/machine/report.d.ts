import type { NvmlCode } from '../model/errors.js'
import type { GpuInstance, GpuUuid, ListedMigState, MigUuid } from '../model/state.js'
import type { MigPlan, PlanStep } from './plan.js'

/** What became of a request for a MIG mode. */
export interface ModeOutcome {
  /** NVML's activation status: why the mode could not change at once, where it could not. */
  readonly activation: 'NVML_SUCCESS' | NvmlCode
  /** It still waits for a reset of the GPU. */
  readonly pending: boolean
  /** The driver left the reset to its caller, and it was done. */
  readonly reset: boolean
}

/** What became of one step. */
export interface StepReport {
  readonly step: PlanStep
  /**
   * `done`: it took effect. `failed`: the driver refused. `undone`: it took effect and was taken back.
   * `undo-failed`: it took effect and could not be taken back. `not-started`: an earlier step failed.
   * `waiting`: for the reset that gives the GPU its MIG mode, and the next apply.
   */
  readonly status: 'done' | 'failed' | 'undone' | 'undo-failed' | 'not-started' | 'waiting'
  readonly durationMs: number
  /** For `failed` and `undo-failed`. */
  readonly error?: Error
  /** Of a change of the MIG mode that the driver took. */
  readonly mode?: ModeOutcome
}

/** How often NVML was called. */
export interface CallCounts {
  /** NVML calls. */
  readonly total: number
  /** Those that change a GPU, failed ones included. */
  readonly changing: number
}

/** What an apply did to one GPU. */
export interface GpuReport {
  readonly gpu: GpuUuid
  readonly gpuIndex: number
  /**
   * `unchanged`: it was as wanted. `applied`: it is now, verified; or, with `skipReset` and `modeOnly`, its
   * mode waits for a reset (`modeStatus`). `planned`: a dry run. `undone`: it is as it was before.
   * `partial`: some of the steps took effect, and `atomic: 'none'` leaves it so; or, with `skipReset`, its
   * mode waits for a reset, and its instances with it. `failed`: the last look at it shows
   * neither what was wanted nor what was before. Not all could be taken back, it changed though not by this
   * apply, or it cannot be read any more.
   */
  readonly outcome: 'unchanged' | 'applied' | 'planned' | 'undone' | 'partial' | 'failed'
  readonly steps: readonly StepReport[]
  /**
   * What became of the MIG mode. `pending`: another one waits for a reset. `refused`: the wanted one
   * took a reset that was not done, and the request was taken back.
   */
  readonly modeStatus: 'unchanged' | 'changed' | 'pending' | 'refused'
  /** The driver's activation status of the wanted mode; null where it was not asked for. */
  readonly activation: 'NVML_SUCCESS' | NvmlCode | null
  /** The GPU has to be reset to get the wanted mode. */
  readonly resetRequired: boolean
  /** This platform does not reset its GPUs: the machine has to be booted for it. */
  readonly rebootRequired: boolean
  /** GPU instances as they are now, by what the apply did to them. A kept one may have new compute instances. */
  readonly created: readonly GpuInstance[]
  readonly destroyed: readonly GpuInstance[]
  readonly kept: readonly GpuInstance[]
  /**
   * The same of MIG devices, by UUID. A UUID in both `created` and `destroyed` names two devices: one
   * that was destroyed, and one made after it with the same ids, of the same size or another. A device
   * whose UUID the driver does not report is in no list.
   */
  readonly devices: {
    readonly created: readonly MigUuid[]
    readonly destroyed: readonly MigUuid[]
    readonly kept: readonly MigUuid[]
  }
  /** Calls about this GPU alone; looks at the whole machine are in the report's. */
  readonly calls: CallCounts
  /** From its first step to the end of its last one, an undo included. */
  readonly durationMs: number
}

/** What an apply that was cut short, by a crash or because not all could be undone, had left of one GPU. */
export interface RecoveredGpu {
  readonly gpu: GpuUuid
  /** NVML's index now; null when the GPU is not there, or not known. */
  readonly gpuIndex: number | null
  /** The configuration that was being applied; null when the record of it cannot be read. */
  readonly config: string | null
  /** Who applied it, as `pid command`; null likewise. */
  readonly by: string | null
  /** How the GPU differed from how it was before that apply, in words; empty when it did not. */
  readonly left: readonly string[]
  /**
   * `finished`: the GPU is as that apply wanted it. `undone`: it is as before that apply.
   * `superseded`: it is as this apply wants it. `obsolete`: there is nothing to take back, since the
   * machine has been booted, or somebody else has changed the GPU meanwhile. `kept`: it stays as it
   * is, and so does the record, for the next call. `set-aside`: the record cannot be read or is not to
   * be trusted; it was renamed.
   */
  readonly outcome: 'finished' | 'undone' | 'superseded' | 'obsolete' | 'kept' | 'set-aside'
  /** Why, for `obsolete`, `kept` and `set-aside`; where it was renamed to. */
  readonly reason: string | null
}

/** What an apply did. A failed one carries it too (`MigError.report`). */
export interface ApplyReport {
  /**
   * `unchanged`: the machine already was as wanted. `applied`: it is now, verified.
   * `planned`: a dry run. `undone`: a step failed and the machine is as before; where an apply that was
   * cut short had left something, as before that one. `partial`: some GPUs are as wanted and others
   * are not, as `atomic` or `skipReset` allows. `failed`: a GPU of the configuration is `failed`. With these
   * two, `gpus` and `after` say how the machine is.
   */
  readonly outcome: 'unchanged' | 'applied' | 'planned' | 'undone' | 'partial' | 'failed'
  readonly plan: MigPlan
  readonly gpus: readonly GpuReport[]
  readonly before: ListedMigState
  /** Read back from the driver; null when it could not be read. */
  readonly after: ListedMigState | null
  /** What earlier applies had left; empty as a rule. */
  readonly recovered: readonly RecoveredGpu[]
  /** From the opening of the driver to this report. */
  readonly calls: CallCounts
  readonly durationMs: number
}

/** What an apply that did not fail gives. */
export interface CompletedApply extends ApplyReport {
  readonly outcome: 'unchanged' | 'applied' | 'planned'
  readonly after: ListedMigState
}

/** What `recoverMig` found and did. */
export interface RecoverReport {
  /** Empty when there was nothing to recover. */
  readonly recovered: readonly RecoveredGpu[]
  /** Null when there was nothing to recover, so that the driver was not asked. */
  readonly after: ListedMigState | null
}

/** Whether the machine is as a configuration says. */
export interface AssertReport {
  readonly matches: boolean
  readonly gpus: readonly {
    readonly gpu: GpuUuid
    readonly gpuIndex: number
    /**
     * Null where the driver lists no instances to this process, and what it sees does not decide. Beside
     * such a GPU another one differs; else `MIG_NO_PERMISSION` is thrown.
     */
    readonly matches: boolean | null
    /** What differs, for people; empty when it matches or is not known. */
    readonly differences: readonly string[]
  }[]
  /** What `lenient` let pass: entries that match no GPU, say, of which nothing was looked at. */
  readonly warnings: readonly string[]
}
