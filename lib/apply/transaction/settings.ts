import type { ApplyOptions } from '../../../types/options.js'

export interface TransactionSettings {
  readonly atomic: NonNullable<ApplyOptions['atomic']>
}
