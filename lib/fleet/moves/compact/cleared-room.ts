import type { Pattern } from '../../program/patterns.js'
import type { MoveSite } from '../access-groups.js'

/** What GPUs of one site and class can take. */
export interface ClearedRoom {
  readonly number: number
  readonly site: MoveSite
  readonly classNumber: number
  /** What a GPU adds to the aim when it takes something. */
  readonly ofFilled: number
  readonly patterns: readonly Pattern[]
}
