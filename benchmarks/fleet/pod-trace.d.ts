/** A pod of a trace, for one device. Times are in steps. */
export interface TracePod {
  /** `migbench-7` */
  readonly id: string
  /** `3g.20gb` */
  readonly size: string
  readonly arrives: number
  readonly stays: number
}

/** How long a pod waits, in minutes. */
export const patience: number

export function drawPodsBySteps(options: {
  readonly pods: number
  readonly load: number
  readonly gpus: number
  readonly seed: number
  /** Mixes of `w3-online.js`, each with its part of the pods. */
  readonly names: readonly string[]
  /** How long a step is. */
  readonly minutes: number
}): readonly TracePod[]
