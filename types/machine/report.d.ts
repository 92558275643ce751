import type { NvmlCode } from '../model/errors.js'
import type { GpuInstance, GpuUuid, ListedMigState, MigUuid } from '../model/state.js'
import type { ClientIdentity } from './clients.js'
import type { MigPlan, PlanStep } from './plan.js'

/** What became of a request for a MIG mode. */
export interface ModeOutcome {
  /** NVML's activation status: `NVML_SUCCESS`, or why the mode could not change at once. */
  readonly activation: 'NVML_SUCCESS' | NvmlCode
  /** The mode is still pending a reset of the GPU. */
  readonly pending: boolean
  /** The mode needed a reset, and the apply did it. */
  readonly reset: boolean
}

/** What became of one step. */
export interface StepReport {
  readonly step: PlanStep
  /**
   * - `done`: it took effect.
   * - `failed`: the driver refused it.
   * - `undone`: it took effect and was undone.
   * - `undo-failed`: it took effect and could not be undone.
   * - `not-started`: an earlier step failed, or the apply was stopped.
   * - `waiting`: it waits for the reset that gives the GPU its MIG mode, and for the next apply.
   */
  readonly status: 'done' | 'failed' | 'undone' | 'undo-failed' | 'not-started' | 'waiting'
  readonly durationMs: number
  /** Present for `failed` and `undo-failed`. */
  readonly error?: Error
  /** Present for a change of the MIG mode that the driver accepted. */
  readonly mode?: ModeOutcome
}

/** How many NVML calls were made. */
export interface CallCounts {
  /** All calls. */
  readonly total: number
  /** Calls that change a GPU, failed ones included. */
  readonly changing: number
}

/** What an apply did to one GPU. */
export interface GpuReport {
  readonly gpu: GpuUuid
  readonly gpuIndex: number
  /**
   * - `unchanged`: it already was as wanted.
   * - `applied`: it is as wanted now, verified; or, with `skipReset` and `modeOnly`, its mode is pending a reset
   *   (`modeStatus`).
   * - `planned`: a dry run.
   * - `undone`: it is as it was before.
   * - `partial`: some steps took effect, and `atomic: 'none'` leaves them; or, with `skipReset`, its mode is pending a
   *   reset and its instances wait for it.
   * - `failed`: when it was read last, it was neither as wanted nor as before. The undo failed, another program changed
   *   it, or it cannot be read any more.
   */
  readonly outcome: 'unchanged' | 'applied' | 'planned' | 'undone' | 'partial' | 'failed'
  readonly steps: readonly StepReport[]
  /**
   * What became of the MIG mode. `pending`: another mode waits for a reset. `refused`: the wanted mode needed a reset
   * that was not done, and the request was undone.
   */
  readonly modeStatus: 'unchanged' | 'changed' | 'pending' | 'refused'
  /** The driver's activation status for the wanted mode; null if no mode was set. */
  readonly activation: 'NVML_SUCCESS' | NvmlCode | null
  /** The GPU must be reset to get the wanted mode. */
  readonly resetRequired: boolean
  /** The machine must be rebooted to get the wanted mode, because this platform does not reset its GPUs. */
  readonly rebootRequired: boolean
  /** GPU instances that the apply created, as they are now. */
  readonly created: readonly GpuInstance[]
  /** GPU instances that are gone, as they were before. */
  readonly destroyed: readonly GpuInstance[]
  /** GPU instances that stayed, as they are now. They may have new compute instances. */
  readonly kept: readonly GpuInstance[]
  /**
   * MIG devices likewise, by UUID. A UUID in both `created` and `destroyed` names two devices: one that was destroyed,
   * and one that was created later with the same ids. A device whose UUID the driver does not report is in no list.
   */
  readonly devices: {
    readonly created: readonly MigUuid[]
    readonly destroyed: readonly MigUuid[]
    readonly kept: readonly MigUuid[]
  }
  /** NVML calls about this GPU alone. Reads of the whole machine count only in the report's `calls`. */
  readonly calls: CallCounts
  /** From its first step to the end of its last one in milliseconds, an undo included. */
  readonly durationMs: number
}

/** What an interrupted apply had left on one GPU. It was interrupted by a crash, or its undo failed. */
export interface RecoveredGpu {
  readonly gpu: GpuUuid
  /** NVML's index now; null if the GPU is not there, or its journal cannot be read. */
  readonly gpuIndex: number | null
  /** The configuration that was being applied; null if the journal cannot be read. */
  readonly config: string | null
  /** The process that applied it, as `pid command`; null if the journal cannot be read. */
  readonly by: string | null
  /** How the GPU differed from its state before that apply, in words; empty if it did not. */
  readonly left: readonly string[]
  /**
   * - `finished`: the GPU is as that apply wanted it.
   * - `undone`: the GPU is as before that apply.
   * - `superseded`: the GPU is as this apply wants it.
   * - `obsolete`: there is nothing to undo, because the machine has been rebooted, or another program has changed the GPU.
   * - `kept`: the GPU stays as it is, and its journal stays for the next call.
   * - `set-aside`: the journal cannot be read or trusted, and was renamed.
   */
  readonly outcome: 'finished' | 'undone' | 'superseded' | 'obsolete' | 'kept' | 'set-aside'
  /** Why, for `obsolete`, `kept` and `set-aside`; for `set-aside`, with the journal's new path. */
  readonly reason: string | null
}

/** What an apply did. The error of a failed apply has one too (`MigError.report`). */
export interface ApplyReport {
  /**
   * - `unchanged`: the machine already was as wanted.
   * - `applied`: the machine is as wanted now, verified.
   * - `planned`: a dry run.
   * - `undone`: a step failed, and the machine is as before; after an interrupted apply, as before that one.
   * - `partial`: some GPUs are as wanted and others are not, as `atomic` or `skipReset` allows. `gpus` and `after` say
   *   how the machine is.
   * - `failed`: a GPU of the configuration is `failed`. `gpus` and `after` say how the machine is.
   */
  readonly outcome: 'unchanged' | 'applied' | 'planned' | 'undone' | 'partial' | 'failed'
  readonly plan: MigPlan
  /** The GPUs of the plan, in its order. */
  readonly gpus: readonly GpuReport[]
  /** The machine before the first step. */
  readonly before: ListedMigState
  /** The machine after the last step, read from the driver; null if it could not be read. */
  readonly after: ListedMigState | null
  /** What interrupted applies had left; usually empty. */
  readonly recovered: readonly RecoveredGpu[]
  /** NVML calls from the opening of the driver to this report. */
  readonly calls: CallCounts
  /** How long executing the plan took, in milliseconds; for a dry run, reading and planning. */
  readonly durationMs: number
}

/** The report of an apply that did not fail. */
export interface CompletedApply extends ApplyReport {
  readonly outcome: 'unchanged' | 'applied' | 'planned'
  readonly after: ListedMigState
}

/** What `recoverMig` found and did. */
export interface RecoverReport {
  /** One entry for each GPU with a journal; empty if there was nothing to recover. */
  readonly recovered: readonly RecoveredGpu[]
  /** Clients that the interrupted apply had stopped, and that were started again. */
  readonly clients: readonly ClientIdentity[]
  /** The machine afterwards. Null if there was nothing to recover: then the driver was not opened. */
  readonly after: ListedMigState | null
}

/** Whether the machine is as a configuration wants it. */
export interface AssertReport {
  /** Whether every GPU of the configuration is as wanted. */
  readonly matches: boolean
  readonly gpus: readonly {
    readonly gpu: GpuUuid
    readonly gpuIndex: number
    /**
     * Null if the driver lists no instances to this process, and what the process sees does not decide. Then another
     * GPU differs; otherwise `MIG_NO_PERMISSION` is thrown.
     */
    readonly matches: boolean | null
    /** What differs, in words for people; empty if nothing does, or it is not known. */
    readonly differences: readonly string[]
  }[]
  /** What `lenient` accepted: for example entries that match no GPU, which were not compared. */
  readonly warnings: readonly string[]
}
