import type { MigConfigDocument } from '../config/config.js'
import type { ClientIdentity } from '../machine/clients.js'
import type { ApplyOptions, HookOptions, RecoverOptions } from '../machine/options.js'
import type { PciModeReport } from '../machine/pci.js'
import type { CompletedApply, RecoveredGpu } from '../machine/report.js'
import type { ChoiceOptions, MigChoice } from './choice.js'

/** What a boot does at the moment, for people: `waiting`, `no NVIDIA driver is loaded`. */
export interface BootPhase {
  readonly phase: 'recovering' | 'waiting' | 'applying' | 'setting-modes' | 'rebooting' | 'done'
  /** A line about it. While it waits: what for. */
  readonly text: string
}

/** Options of `bootMig`. */
export interface BootOptions
  extends ChoiceOptions,
    Omit<RecoverOptions, 'direction'>,
    HookOptions,
    Pick<ApplyOptions, 'cdi'> {
  /**
   * What the GPUs are to be, or a function that finds it out. What an interrupted apply has left is cleaned up even if
   * it rejects. Default: what was persisted.
   */
  readonly choice?: MigChoice | (() => Promise<MigChoice>)
  /** Only the MIG modes, whatever the choice says. Default false. */
  readonly modeOnly?: boolean
  /** How long to wait for the driver and for all of its GPUs, in milliseconds; 0: not at all. Default 120,000. */
  readonly waitMs?: number
  /**
   * What to do where a GPU gets its MIG mode by nothing but a reboot of the machine. `once`: reboot, and never a second
   * time until a boot has succeeded. A function reboots in its own way, under the same rule. Default `never`.
   */
  readonly reboot?: 'never' | 'once' | (() => Promise<void>)
  /** Called synchronously with each phase, and each time that the reason for waiting changes. */
  readonly onPhase?: (phase: BootPhase) => void
}

/** What a boot did. */
export interface BootReport {
  /**
   * - `nothing-chosen`: neither an option nor the folder of states names a choice, and nothing was changed.
   * - `unchanged`: the machine already was as chosen.
   * - `applied`: it is as chosen now, verified.
   * - `modes-set`: no driver is loaded, and the choice was about MIG modes alone. They are as chosen.
   * - `rebooting`: a GPU needs a reboot of the machine for its MIG mode, and the reboot has been requested.
   */
  readonly outcome: 'nothing-chosen' | 'unchanged' | 'applied' | 'modes-set' | 'rebooting'
  /** What was chosen, in words: `configuration "halves"`. Null: nothing was. */
  readonly choice: string | null
  /** GPUs that an interrupted apply had left. */
  readonly recovered: readonly RecoveredGpu[]
  /** Clients that an interrupted apply had stopped, and that were started again. */
  readonly clients: readonly ClientIdentity[]
  /** How long it waited for the driver, in milliseconds. */
  readonly waitedMs: number
  /** What the apply did; null if there was none. */
  readonly apply: CompletedApply | null
  /** What was done without a driver; null if there was one. */
  readonly pci: PciModeReport | null
  /** The machine afterwards as a document; null without a driver. */
  readonly exported: MigConfigDocument | null
}

/** How the last boot ended, as it stands in the folder of states. */
export interface BootRecord {
  readonly version: 'mig-nvml/boot/v1'
  /** The kernel's id of that boot; null if it was not known. */
  readonly bootId: string | null
  /** When it ended, in ISO 8601. */
  readonly endedAt: string
  readonly outcome: BootReport['outcome'] | 'failed'
  readonly choice: string | null
  /** The code and the message of the error; null unless it failed. */
  readonly error: { readonly code: string | null; readonly message: string } | null
}
