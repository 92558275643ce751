import type { RecordedRow } from '../record/rows.js'

/** Lines of cells, the heads first. */
export function crossTable(
  rows: readonly RecordedRow[],
  table: { readonly shape: 'cases' | 'measures'; readonly note?: RegExp; readonly digits?: number },
): readonly (readonly string[])[]
