import type { ApplyOptions } from '../../../types/options.js'

export interface TransactionSettings {
  readonly concurrency: number
  readonly atomic: NonNullable<ApplyOptions['atomic']>
}
