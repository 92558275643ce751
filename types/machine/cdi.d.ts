import type { CdiSpec } from '../containers/cdi.js'
import type { CdiFileOptions } from './cdi-file.js'
import type { DriverOptions } from './options.js'

/** Options of `writeCdiSpec`. */
export interface WriteCdiOptions extends DriverOptions, CdiFileOptions {}

/** Options of `followCdiSpec`. */
export interface FollowCdiOptions extends WriteCdiOptions {
  /** How often to read the machine, in milliseconds. Default 1000. An event of the driver is followed at once. */
  readonly intervalMs?: number
}

/** A CDI specification in its file. */
export interface WrittenCdiSpec {
  readonly file: string
  readonly spec: CdiSpec
  /** False: the file had this content already, and was not touched. */
  readonly changed: boolean
  /**
   * Devices that other files in the folder define as well. A container runtime then finds none of them, since CDI drops a
   * device that two files of one folder define.
   */
  readonly conflicts: readonly CdiConflict[]
}

/** Another file that defines devices of the same names. */
export interface CdiConflict {
  readonly file: string
  /** `nvidia.com/gpu=0:0` */
  readonly devices: readonly string[]
}

/** What happened to the file of a watch. */
export type CdiUpdate =
  | ({ readonly kind: 'written' } & WrittenCdiSpec)
  /** The file keeps its old content. It is tried again at the next change and at the next read of the machine. */
  | { readonly kind: 'failed'; readonly error: Error }
  /** The machine cannot be read. The file keeps its old content until it can be read again. */
  | { readonly kind: 'unreadable'; readonly error: Error }
