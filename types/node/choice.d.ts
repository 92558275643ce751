import type { MigConfigInput } from '../config/config.js'
import type { CheckpointInput } from '../machine/checkpoint.js'

/** A configuration of a document. */
export interface ConfigChoice {
  readonly kind: 'config'
  readonly document: MigConfigInput
  /** Name of the configuration. Optional if the document has exactly one. */
  readonly config?: string
  /** As for an apply. Default `strict`. */
  readonly matching?: 'strict' | 'lenient'
  /** Only the MIG modes, not the instances. Default false. */
  readonly modeOnly?: boolean
}

/** A configuration that `generateMigConfig` makes for the GPUs that are there: `all-balanced`. */
export interface GeneratedChoice {
  readonly kind: 'generated'
  readonly config: string
  /** Only the MIG modes, not the instances. Default false. */
  readonly modeOnly?: boolean
}

/** The layouts of a checkpoint, for the GPUs with these UUIDs. */
export interface CheckpointChoice {
  readonly kind: 'checkpoint'
  /** For `bootMig` it may also be a file of mig-parted. */
  readonly checkpoint: CheckpointInput
  /** Only the MIG modes, not the instances. Default false. */
  readonly modeOnly?: boolean
}

/** What the GPUs of a machine are to be after each boot. */
export type MigChoice = ConfigChoice | GeneratedChoice | CheckpointChoice

/** A choice that was written down for later boots. */
export interface PersistedChoice {
  readonly version: 'mig-nvml/choice/v1'
  /** When, in ISO 8601. */
  readonly chosenAt: string
  /** Documents and checkpoints stand there themselves, whatever became of their files. */
  readonly choice: MigChoice
}

/** Where the persisted choice is. */
export interface ChoiceOptions {
  /**
   * A folder to which only root may write. Default: `$MIG_NVML_STATE_DIR`, else `/var/lib/mig-nvml`. It is made if its
   * parent is there.
   */
  readonly stateFolder?: string
}
