import type { ApplyOptions } from '../../../types/machine/options.js'

export interface TransactionSettings {
  readonly atomic: NonNullable<ApplyOptions['atomic']>
  /** Modes are all that is wanted: one that waits for a reset by somebody else is no failure. */
  readonly modeOnly: boolean
  /** What is wanted is how the machine was: what fails does not lead back from it, but is tried again. */
  readonly returns: boolean
}
