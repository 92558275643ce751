import type { MigConfigDocument } from '../../types/config/config.js'

/**
 * One GPU in words: `off`; `off, on after reset`; `no MIG`; or its GPU instances: `3g.20gb@4`, with other
 * compute instances than the full one `3g.20gb@4 2c+1c`, without any `4g.20gb@0 bare`. An
 * expectation may leave out the placement.
 */
export type GpuInWords = string | readonly string[]

/** How a run ends. Absent fields are not compared. */
export interface Outcome {
  readonly status: number
  readonly end?: readonly GpuInWords[]
  /** Changing calls to the driver, refused ones included. */
  readonly changing?: number | { readonly atMost: number } | { readonly atLeast: number }
  /** NVML calls, all of them. */
  readonly calls?: number
  /** GPU instances that survive; one that is destroyed and created again does not. */
  readonly kept?: number
  /** Indexes of the GPUs that were reset. */
  readonly resets?: readonly number[]
  /** Texts that its output must contain. */
  readonly says?: readonly RegExp[]
  /** The document that it prints. */
  readonly prints?: MigConfigDocument
  /** Points of the hooks that ran, in order. */
  readonly hooks?: readonly string[]
}

export interface CaseRun {
  /** The same for both programs. `{folder}` is the case's own. */
  readonly args: readonly string[]
  /** Only for this package. */
  readonly more?: readonly string[]
  /** What happens to the machine first: other instances (null: MIG off), or another machine. */
  readonly layout?: readonly (readonly string[] | null)[]
  readonly machine?: string
  /** Where to keep what it prints. */
  readonly output?: string
  readonly want: Outcome
  /** Known differences of mig-parted; `any`: its result is not defined. */
  readonly reference?: Reference
}

export type Reference = { readonly [Part in keyof Outcome]?: Outcome[Part] | 'any' }

export interface ConformanceCase {
  readonly id: string
  /** Unique among those of the same id. */
  readonly variant?: string
  readonly machine: string
  /** What a mode change does where it takes a reset: `automatic` where absent. */
  readonly resetPolicy?: 'manual' | 'refused'
  readonly layout?: readonly (readonly string[] | null)[]
  /** A process, 4711, in the compute instance of the GPU instance at that place of GPU 0. */
  readonly busyAt?: number
  readonly files?: Readonly<Record<string, string>>
  readonly runs: readonly CaseRun[]
}
