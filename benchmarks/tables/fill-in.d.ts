import type { RecordedRow } from '../record/rows.js'

export function fillIn(
  text: string,
  results: Readonly<
    Record<
      string,
      {
        readonly rows: readonly RecordedRow[]
        readonly versions: Readonly<Record<string, string | null>>
      }
    >
  >,
): string
