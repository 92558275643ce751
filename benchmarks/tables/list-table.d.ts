import type { RecordedRow } from '../record/rows.js'

/** Lines of cells, the heads first. */
export function listTable(
  rows: readonly RecordedRow[],
  table: { readonly value?: string; readonly note?: RegExp },
): readonly (readonly string[])[]
