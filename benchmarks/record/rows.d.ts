/** A row as a benchmark prints it. */
export interface MeasuredRow {
  readonly what: string
  readonly value?: number
  readonly skipped?: string
  readonly unit?: string
  readonly bound?: number
  readonly atLeast?: number
  readonly spread?: readonly number[]
  readonly reference?: string
  readonly beside?: Readonly<Record<string, number | null>>
}

export interface Figure {
  readonly median: number
  /** Lowest and highest. */
  readonly spread: readonly number[]
}

/** A row as benchmarks/results.json holds it. */
export type RecordedRow =
  | { readonly what: string; readonly skipped: string; readonly reference?: string }
  | (Figure & {
      readonly what: string
      readonly unit: string
      readonly runs: number
      readonly bound: { readonly atMost: number } | { readonly atLeast: number } | null
      /** Null: there is no bound. */
      readonly held: boolean | null
      readonly reference?: string
      readonly beside?: Readonly<Record<string, Figure | null>>
    })

export function summarise(runs: readonly (readonly MeasuredRow[])[]): readonly RecordedRow[]
